// Taking people in, as the fake tells it: one list whose columns are half understood, and a directory server.
// A file whose name begins with "nokey" has no column to know people by.
import type { ImportOptions, ImportState } from "./contract";
import { changed, fail, type Handlers } from "./ipc";

let state: ImportState | null = null;
let bytes = 0;

const columns: [header: string, target: string | null, guessed: boolean, sample: string[]][] = [
  ["Employee ID", "external_id", true, ["100482", "100483", "100484"]],
  ["Display name", "name", true, ["Anna Gutiérrez", "Łukasz Żółkiewski", "王小明"]],
  ["Work email", "email", true, ["anna@example.com", "lukasz@example.com", "xiaoming@example.com"]],
  ["Cost centre", null, false, ["4711", "4711", "0815"]],
];
const targets = ["external_id", "name", "preferred_name", "aliases", "email", "phone", "department", "location", "badges", "active", "ignore"];
const nobody = { added: 0, changed: 0, deactivated: 0, reactivated: 0, unchanged: 0, refused: 0, held: 0 };

function put(change: Partial<ImportState>): ImportState {
  state = { ...(state ?? fail({ code: "notFound", what: "import" })), ...change };
  setTimeout(() => void changed("import"), 0);
  return state;
}

function compared({ leavers, manyLeavers }: { leavers: boolean; manyLeavers: boolean }): ImportState {
  const left = leavers && manyLeavers ? 61 : 0;
  return put({
    stage: "ready",
    percent: 100,
    failure: null,
    preview: {
      counts: { ...nobody, added: 3, changed: 1, deactivated: left, unchanged: 1402, refused: 2, held: 1 },
      added: ["Anna Gutiérrez", "Łukasz Żółkiewski", "王小明"].map((name, at) => ({ line: at + 2, personId: null, name, email: `p${at}@example.com`, department: "Finance" })),
      changed: [{ line: 7, personId: "person-3", name: "Max Lind", fields: [{ field: "department", from: "Workplace", to: "Real estate" }, { field: "badges", from: "1", to: "2" }] }],
      deactivated: left > 0 ? [{ line: null, personId: "person-5", name: "Sam Ode", email: null, department: "Sales" }] : [],
      reactivated: [],
      refused: [
        { line: 9, column: "Work email", why: "sameAddress", otherLine: 4 },
        { line: 31, column: "Display name", why: "formula", otherLine: null },
      ],
      held: [{ line: 12, name: "Konstantin Papadopoulos-Weber", fields: [{ field: "email", source: "scim" }] }],
      stay: leavers && !manyLeavers ? { kind: "tooMany", leavers: 61, of: 112 } : null,
    },
  });
}

export const imports = {
  importState: () => state,
  importBegin({ name }: { name: string }) {
    bytes = 0;
    state = { id: `import-${Date.now()}`, source: "csv", name, stage: "upload", percent: 0, sheet: null, preview: null, failure: null };
    return state;
  },
  importBytes({ base64 }: { base64: string }) {
    bytes += atob(base64).length;
    return null;
  },
  importRead({ options }: { options: ImportOptions }) {
    if (bytes === 0) return put({ stage: "failed", failure: { kind: "empty", detail: null } });
    const sheet = {
      encoding: "UTF-8",
      delimiter: ";",
      columns: columns.map(([header, target, guessed, sample]) => ({ header, target: options.columns[header] ?? target, guessed: guessed && !(header in options.columns), sample })),
      targets,
    };
    put({ sheet });
    const noKey = (state?.name?.startsWith("nokey") ?? false) && !Object.values(options.columns).includes("external_id");
    return noKey ? put({ stage: "failed", preview: null, failure: { kind: "noKeyColumn", detail: null } }) : compared(options);
  },
  syncRead({ manyLeavers }: { manyLeavers: boolean }) {
    state = { id: "import-sync", source: "ldap", name: null, stage: "reading", percent: 0, sheet: null, preview: null, failure: null };
    return compared({ leavers: true, manyLeavers });
  },
  importApply() {
    setTimeout(() => put({ stage: "done", percent: 100 }), 300);
    return put({ stage: "applying", percent: 40 });
  },
  importCancel: () => put({ stage: "cancelled", sheet: null, preview: null }),
} satisfies Handlers;
