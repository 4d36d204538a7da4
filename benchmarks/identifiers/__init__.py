"""How many identifiers the scan finds, and how often it takes a measurement for one."""
