"""How a release is read, built and described. It reads `clean_record` and decides nothing about what is clean."""
