import { render } from "preact";
import { App } from "./parts/app.js";
import { prepare } from "./run.js";
import "./style/page.css";

render(<App />, document.getElementById("page")!);
prepare();
