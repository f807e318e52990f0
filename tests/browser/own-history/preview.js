// The page's preview, read by a test.

/** Gives files to “Your own history” and waits for the preview, or for what went wrong. */
export async function give(view, files) {
  await view.at('own-input').setInputFiles(files);
  const error = view.at('error');
  await view.at('own-preview').and(view.page.locator(':not([aria-busy])')).or(error).filter({ visible: true }).first().waitFor({ timeout: 60_000 });
  return (await error.isVisible()) ? error.innerText() : null;
}

/** What the preview says: visits by step, `kept` among them. */
export async function steps(view) {
  const rows = await view
    .at('own-steps')
    .locator('li')
    .evaluateAll((items) => items.map(({ dataset }) => [dataset.step, Number(dataset.count)]));
  return Object.fromEntries(rows);
}

/** The addresses of the latest items. */
export const sample = (view) => view.at('own-sample').locator('.item-detail').allInnerTexts();

/** Back to the start. */
export const leave = (view) => view.at('cancel-own').click();

export const file = (name, contents) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(contents) });
