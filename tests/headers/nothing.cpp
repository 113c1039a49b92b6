// Headers are checked with -include; this is the unit that includes them.
