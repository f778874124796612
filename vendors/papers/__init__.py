"""What leaves the house on paper: orders and statements as PDF and CSV, transfers as a bank reads them. Facts in, bytes out."""
