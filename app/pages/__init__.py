"""Pages: HTML shells for the browser, their texts and the list of their modules."""
