// A header without a page.
