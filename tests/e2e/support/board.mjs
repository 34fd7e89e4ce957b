// The lock board at the end of the cable, and what a person does to its doors.
import { fileURLToPath } from "node:url";
import { Helper } from "./helper.mjs";

const program = fileURLToPath(new URL("board.py", import.meta.url));

export class Board extends Helper {
  /** `options` as of board.py: { channels: 8, "closed-bit": 0, link: path } */
  static async start(python, options) {
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const board = new Board(python, [program, ...args]);
    const { plugged, link } = await board.next((line) => line.plugged, "the board");
    board.port = link ?? plugged;
    return board;
  }

  shut = (door) => this.order(`shut ${door}`);
  pull = (door) => this.order(`pull ${door}`);
  jam = (door) => this.order(`jam ${door}`);
  free = (door) => this.order(`free ${door}`);
  silence = () => this.order("silence");
  speak = () => this.order("speak");
  unplug = () => this.order("unplug");
  plug = () => this.order("plug");

  /** The next door that the product unlocks. */
  async opened(seconds) {
    const { door } = await this.next((line) => line.why === "unlocked", "a door to open", seconds);
    return door;
  }

  /** The doors that stand open now. */
  standing() {
    const last = new Map(this.said.filter(({ closed }) => closed !== undefined).map(({ door, closed }) => [door, closed]));
    return [...last].filter(([, closed]) => !closed).map(([door]) => door);
  }

  /** Whether every opening command that came has had its effect, as far as it has one. */
  settled = () => this.said.filter(({ told }) => told !== undefined).length >= this.openings().length;

  /** Every opening command that ever came, as bytes. */
  openings = () => this.said.filter(({ rx }) => rx && !rx.startsWith("80")).map(({ rx }) => rx);
}
