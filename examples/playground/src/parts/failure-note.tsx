import { failure } from "../run.js";
import { code } from "../settings.js";

/** What went wrong in the program, and where. */
export function FailureNote() {
  const { value } = failure;
  const line = value?.line;
  const text = line === undefined ? undefined : code.value.split("\n")[line - 1]?.trim();
  return (
    <div role="alert" id="failure">
      {value && (
        <div class="card failure">
          <h2>
            {line === undefined ? "The program failed" : `Line ${line}`}
            <span class="kind">{value.code === undefined ? value.name : `${value.name} ${value.code}`}</span>
          </h2>
          {text && (
            <pre>
              <code>{text}</code>
            </pre>
          )}
          <p>{value.message}</p>
          {value.causes.map((cause) => (
            <p key={cause} class="cause">
              {cause}
            </p>
          ))}
        </div>
      )}
    </div>
  );
}
