"""Sources that come as tables (CSV, XLSX, zipped): read by their declaration, every row accounted for."""
