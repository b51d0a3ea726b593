"""The API as it is on the wire: one method per endpoint, errors, retries and the rate budget."""
