// The packages whose doors are moving now. Only a list: what each door does is asked of Rust by DoorNow.
import type { OpeningView, PackageRow } from "../../../ipc/bindings";

export type Standing = { row: PackageRow; opening: OpeningView };

export class AtTheDoor {
  list = $state.raw<Standing[]>([]);

  add(row: PackageRow, opening: OpeningView): void {
    this.list = [{ row, opening }, ...this.list.filter((one) => one.row.id !== row.id)];
  }

  remove(packageId: string): void {
    this.list = this.list.filter((one) => one.row.id !== packageId);
  }
}
