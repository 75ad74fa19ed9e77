// The standard library as it is when this module is loaded: patches that come later do not reach what is kept here.

type AnyFunction = (...args: unknown[]) => unknown;

function functionsOf(name: string, of: object, names: readonly string[]): Array<[string, AnyFunction]> {
  const functions = of as Readonly<Record<string, AnyFunction>>;
  return names.map((member) => [`${name}.${member}`, functions[member]!]);
}

// What Math leaves to the implementation (sin, exp, pow and their kin) is not here: its last bits differ between engines.
const MATH = ["abs", "ceil", "floor", "round", "trunc", "sign", "sqrt", "min", "max", "fround", "imul", "clz32"];
const NUMBER = ["isInteger", "isSafeInteger", "isFinite", "isNaN", "parseFloat", "parseInt"];

/** The functions that expressions call, by name: free of effects, and with the same result to the last bit in every engine. */
export const STANDARD_FUNCTIONS: ReadonlyMap<string, AnyFunction> = new Map<string, AnyFunction>([
  ...functionsOf("Math", Math, MATH),
  ...functionsOf("Number", Number, NUMBER),
  ...functionsOf("Object", Object, ["is"]),
  ...functionsOf("Array", Array, ["isArray"]),
  ...functionsOf("JSON", JSON, ["parse"]),
  ...Object.entries({ Number, String, Boolean, parseInt, parseFloat, isNaN, isFinite } as unknown as Record<
    string,
    AnyFunction
  >),
]);

/** The constants that stand under standard names. None of them can be changed, but a lambda may mean something else by the name. */
export const STANDARD_CONSTANTS: ReadonlyMap<string, number | undefined> = new Map([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ...(["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"] as const).map((name): [string, number] => [
    `Math.${name}`,
    Math[name],
  ]),
  ...(
    [
      "EPSILON",
      "MAX_SAFE_INTEGER",
      "MIN_SAFE_INTEGER",
      "MAX_VALUE",
      "MIN_VALUE",
      "NaN",
      "NEGATIVE_INFINITY",
      "POSITIVE_INFINITY",
    ] as const
  ).map((name): [string, number] => [`Number.${name}`, Number[name]]),
]);

/** Names of standard objects that a member is read or called of. */
export const STANDARD_OBJECTS: ReadonlySet<string> = new Set(["Math", "Number", "Object", "Array", "JSON", "String"]);

const STRING_METHODS = [
  "trim",
  "trimStart",
  "trimEnd",
  "toLowerCase",
  "toUpperCase",
  "startsWith",
  "endsWith",
  "includes",
  "indexOf",
  "lastIndexOf",
  "slice",
  "substring",
  "charAt",
  "charCodeAt",
  "codePointAt",
  "at",
  "split",
  "concat",
  "repeat",
  "padStart",
  "padEnd",
  "replace",
  "replaceAll",
  "toString",
];
const ARRAY_METHODS = ["includes", "indexOf", "lastIndexOf", "slice", "concat", "at", "join"];
const NUMBER_METHODS = ["toString", "toFixed"];

/** The methods that expressions call on values of any type, by name. */
export const STANDARD_METHODS: ReadonlySet<string> = new Set([...STRING_METHODS, ...ARRAY_METHODS, ...NUMBER_METHODS]);

/** The methods of lists that take a function. */
export const EACH_METHODS: ReadonlySet<string> = new Set(["map", "filter", "some", "every", "reduce"]);

function methodsOf(prototype: object, names: readonly string[]): ReadonlyMap<string, AnyFunction> {
  const methods = prototype as Readonly<Record<string, AnyFunction>>;
  return new Map(names.map((name) => [name, methods[name]!]));
}

const ofString = methodsOf(String.prototype, STRING_METHODS);
const ofArray = methodsOf(Array.prototype, [...ARRAY_METHODS, ...EACH_METHODS]);
const ofNumber = methodsOf(Number.prototype, NUMBER_METHODS);
const ofMap = methodsOf(Map.prototype, ["get", "has"]);
const ofSet = methodsOf(Set.prototype, ["has"]);

/** The method that a value has under a standard name; of other values whatever they have there, which may be no function. */
export function standardMethod(of: unknown, name: string): unknown {
  const known = methodsFor(of)?.get(name);
  return known === undefined || (typeof of === "object" && Object.hasOwn(of as object, name))
    ? (of as Record<string, unknown>)[name]
    : known;
}

function methodsFor(of: unknown): ReadonlyMap<string, AnyFunction> | undefined {
  if (typeof of === "string") return ofString;
  if (typeof of === "number") return ofNumber;
  if (Array.isArray(of)) return ofArray;
  if (of instanceof Map) return ofMap;
  return of instanceof Set ? ofSet : undefined;
}
