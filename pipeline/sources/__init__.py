"""Sources of records: their declarations and what reads them."""
