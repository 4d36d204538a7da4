"""How long a clinician waits for the patient screen, and whether the server's memory grows."""
