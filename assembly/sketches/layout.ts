/**
 * What sketches in the kernel have in common. They are those of src/sketches/, byte for byte where they are sealed.
 *
 *     cell         0 address of the sketch u32 | 4 bytes that it is sealed as u32, once it is measured | 8 tag u32
 *     sketch       0 address of its parameters u32 | what its kind keeps
 *     parameters   0 head of what is sealed, 8 bytes | 8 a u32 | 12 b u32 | 16 x f64 | 24 y f64, or 1 where values are canonical strings u32 | 32 room for the hash of a value | 64 room of the kind
 */

export const PARAMETER_KIND: usize = 4;
export const PARAMETER_A: usize = 8;
export const PARAMETER_B: usize = 12;
export const PARAMETER_X: usize = 16;
export const PARAMETER_Y: usize = 24;
/** Of sketches that hash values: these have parts, and are given as their canonical strings. */
export const PARAMETER_CANONICAL: usize = 24;
export const PARAMETER_HASH: usize = 32;
export const HEAD_BYTES: u32 = 8;

// Kinds, as in src/sketches/.
export const HYPER_LOG_LOG: u8 = 1;
export const COUNT_MIN: u8 = 2;
export const SPACE_SAVING: u8 = 3;
export const T_DIGEST: u8 = 4;

/** Address of the parameters of a sketch. */
// @ts-ignore: decorator
@inline export function parametersOf(sketch: usize): usize {
  return <usize>load<u32>(sketch);
}
