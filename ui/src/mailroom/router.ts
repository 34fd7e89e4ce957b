// Where in the mailroom one is, read from and written to the address's hash.
// Pure but for `here` and `go`. It must never hold data: an id is all that goes into an address.

export type Route =
  | { page: "intake" }
  | { page: "packages"; id: string | null }
  | { page: "banks"; compartment: string | null }
  | { page: "tasks" }
  | { page: "removals" }
  | { page: "notices" }
  | { page: "people"; id: string | null }
  | { page: "staff" }
  | { page: "account" }
  | { page: "settings" }
  /** The settings again, from their channels on. */
  | { page: "channels" }
  | { page: "templates" }
  | { page: "virtual" };

export type PageName = Route["page"];

export function parse(hash: string): Route {
  const [page = "", id = null] = hash.replace(/^#\/?/u, "").split("/").map(read);
  switch (page) {
    case "packages":
      return { page, id: id || null };
    case "people":
      return { page, id: id || null };
    case "banks":
      return { page, compartment: id || null };
    case "tasks":
    case "staff":
    case "account":
    case "removals":
    case "notices":
    case "settings":
    case "channels":
    case "templates":
    case "virtual":
      return { page };
    default:
      return { page: "intake" };
  }
}

export function address(route: Route): string {
  const id = "id" in route ? route.id : "compartment" in route ? route.compartment : null;
  return id === null ? `#/${route.page}` : `#/${route.page}/${encodeURIComponent(id)}`;
}

function read(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export function go(route: Route): void {
  location.hash = address(route);
}
