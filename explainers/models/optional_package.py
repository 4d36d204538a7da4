"""What to say where a library that is not part of every installation is needed and absent."""

from __future__ import annotations

from explainers.errors import BundleError


def absence_of(package: str, cause: Exception, *, extra: str = "") -> BundleError:
    """The error for a package that an extra installs, by default of its name, and the remedy."""
    return BundleError(
        f"models of this family need the package {package}, which cannot be loaded here",
        value=str(cause),
        remedy=f"Install it: pip install 'pellucid[{extra or package}]'",
    )
