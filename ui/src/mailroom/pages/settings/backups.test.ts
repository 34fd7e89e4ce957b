import { expect, it } from "vitest";
import { backupWhy } from "./backups";

it("says why there is no new backup and what to do about it", () => {
  const folder = "/mnt/share";
  expect(backupWhy({ code: "folder", folder, says: "Permission denied (os error 13)" })).toMatch(/\/mnt\/share.*Permission denied.*may write/);
  expect(backupWhy({ code: "folderFull", folder })).toMatch(/\/mnt\/share is full.*keep fewer/);
  expect(backupWhy({ code: "failed", says: "no such thing" })).toBe("no such thing");
});
