/** The page begins here. */
import { start } from "./page/shell.js";

start(document.getElementById("page"));
