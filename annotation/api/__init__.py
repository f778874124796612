"""The JSON API of the hall: writing, review, imports, releases. The way in is in `vendors.api.base`."""
