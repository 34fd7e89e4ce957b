import "./kiosk.css";
import { mount } from "svelte";
import Kiosk from "./Kiosk.svelte";

export default mount(Kiosk, { target: document.getElementById("app")! });
