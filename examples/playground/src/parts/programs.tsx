import { PROGRAMS, type Program } from "../programs/index.js";
import { clear } from "../run.js";
import { code, program } from "../settings.js";

function choose(chosen: Program): void {
  program.value = chosen;
  code.value = chosen.code;
  clear();
}

/** The programs that there are. */
export function Programs() {
  return (
    <fieldset class="programs">
      <legend class="unseen">Programs to start from</legend>
      {PROGRAMS.map((each) => (
        <label key={each.id} class="pill">
          <input
            type="radio"
            name="program"
            value={each.id}
            checked={program.value === each}
            onChange={() => choose(each)}
          />
          <span>{each.name}</span>
        </label>
      ))}
      <p class="about">{program.value.about}</p>
    </fieldset>
  );
}
