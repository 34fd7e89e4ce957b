// A person of whom nothing is known yet: where a form begins.
import type { PersonForm } from "../../ipc/bindings";

export const nobody = (language: PersonForm["language"]): PersonForm => ({
  name: "",
  preferredName: null,
  aliases: null,
  email: null,
  phone: null,
  department: null,
  location: null,
  language,
  channel: null,
  needsLowDoor: false,
  badge: null,
  active: true,
});
