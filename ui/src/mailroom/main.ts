// The mailroom window begins here: styles, what was chosen before, and the first screen. Nothing else.
import "../styles/base.css";
import "./mailroom.css";
import { mount } from "svelte";
import Mailroom from "./Mailroom.svelte";
import { recall } from "./preferences";

recall();
mount(Mailroom, { target: document.getElementById("app")! });
