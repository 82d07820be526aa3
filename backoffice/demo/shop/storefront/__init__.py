"""The shop's pages for people: made on the server, without scripts."""
