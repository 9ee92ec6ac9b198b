"""Open, traceable data on attacks in the Sahel: the code that builds the data package."""

__version__ = "0.1.0"
