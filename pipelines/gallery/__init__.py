"""The driver gallery: an SQL store with a change log, and a search index that follows it."""
