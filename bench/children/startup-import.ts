// Imports the package and does nothing with it.
import * as millrace from "millrace";

if (Object.keys(millrace).length === 0) throw new Error("The package is empty.");
