import { countInKernel, type PlanOperator, type PlanStage, planOf } from "../plan.js";
import { isOff, outputs } from "../run.js";

/** What `explain()` says where nothing has asked for the kernel. */
const NOT_LOADED = "the parser is not loaded";

/** What `explain()` says of each output, as a graph: rows go down. */
export function Plan() {
  const plans = outputs.value.map(({ title, plan }) => ({ title, stage: planOf(plan) }));
  const counts = plans.map(({ stage }) => (stage ? countInKernel(stage) : { kernel: 0, all: 0 }));
  const kernel = counts.reduce((sum, each) => sum + each.kernel, 0);
  const all = counts.reduce((sum, each) => sum + each.all, 0);
  return (
    <section class="card plan" aria-labelledby="plan-title">
      <div class="row">
        <h2 id="plan-title">How it runs</h2>
        {all > 0 && (
          <p class="legend">
            <span class="in-kernel">Kernel</span> {kernel} of {all} <span class="in-javascript">JavaScript</span>{" "}
            {all - kernel}
          </p>
        )}
      </div>
      {plans.length === 0 && (
        <p class="empty">
          The plan is drawn when the program starts: each operator, in the kernel or in JavaScript, and why.
        </p>
      )}
      {plans.map(({ title, stage }) => (
        <div key={title} class="graph">
          {plans.length > 1 && <h3>{title}</h3>}
          {stage && <Stage stage={stage} />}
        </div>
      ))}
    </section>
  );
}

function Stage({ stage }: { stage: PlanStage }) {
  return (
    <div class="stage-tree">
      {stage.parents.length > 0 && (
        <div class={stage.parents.length > 1 ? "parents several" : "parents"}>
          {stage.parents.map((parent, index) => (
            <Stage key={index} stage={parent} />
          ))}
        </div>
      )}
      <ol class="stage" aria-label="Stage">
        {stage.operators.map((operator, index) => (
          <Operator key={index} operator={operator} />
        ))}
      </ol>
    </div>
  );
}

function Operator({ operator: { name, inKernel, why } }: { operator: PlanOperator }) {
  return (
    <li class={inKernel ? "operator kernel" : "operator javascript"}>
      <b>{name}</b>
      <span class="unseen">{inKernel ? " in the kernel: " : " as JavaScript: "}</span>
      <small>{isOff.value ? why.replace(NOT_LOADED, "the kernel is turned off") : why}</small>
    </li>
  );
}
