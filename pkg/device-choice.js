// Which of two devices trains faster here: by what each took for a few steps of the very training, not by what it is called.

/** What measuring a device may take. One whose single step takes longer is measured by that. */
export const MEASURE_MS = 200;
/** A GPU that stays silent for longer while it is measured is not fit for training. */
export const SILENCE_MS = 10_000;
/** Seconds: a training that takes the CPU no longer is over about when a GPU would be ready. */
const SHORT = 3;

/** Trainings that take a step alike: the same GPU, version and kind of model, about as many items. */
export function kindOf({ gpu, version, options, items }) {
  const { model = 'gru-attention', dim = 'auto', warmStart = 'auto' } = options;
  return JSON.stringify([gpu, version, model, dim, warmStart, items && Math.floor(Math.log2(items))]);
}

/** The CPU, where a training is not worth a GPU's warm-up; else null. `cpu` is a `Speed`; null where measuring failed. */
export function chooseShort({ cpu }) {
  if (!cpu || cpu.seconds >= SHORT) return null;
  return { device: 'cpu', reason: 'A training this short is over before a GPU is ready.' };
}

/** The faster device, and why. `cpu` and `gpu` are `Speed`s; null where measuring failed. */
export function choose({ cpu, gpu }) {
  if (!gpu) return { device: 'cpu', reason: 'The GPU failed while it was measured.' };
  if (!cpu) return { device: 'webgpu', reason: 'The CPU failed while it was measured.' };
  return {
    device: gpu.step <= cpu.step ? 'webgpu' : 'cpu',
    reason: `Measured here, a step takes the GPU ${milliseconds(gpu.step)} and the CPU ${milliseconds(cpu.step)}.`,
  };
}

const milliseconds = (step) => `${step < 10 ? step.toPrecision(2) : Math.round(step)} ms`;
