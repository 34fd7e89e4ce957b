// The id that stands in the address for a person who isn't there yet. Rust never sees it.
export const NEW = "new";
