// Ids that stand in the address for what is no person: one who isn't there yet, and a list of them. Rust never sees them.
export const NEW = "new";
export const IMPORT = "import";
