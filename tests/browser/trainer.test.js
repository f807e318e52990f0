// The Trainer is crash-only: killed in the middle, another goes on from its last checkpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './page.js';

test('a killed Trainer is replaced, and says so', async () => {
  const view = await open({ query: '?device=cpu' });
  await view.at('try-demo').click();
  await view.at('recommendation').first().waitFor();
  // Without a view, popularity would go on ranking.
  await view.at('browse-item').first().click();
  await view.at('history-item').first().waitFor();
  await view.at('train').click();
  await view.at('progress').waitFor();
  const trainer = view.page.workers().find((worker) => worker.url().endsWith('/trainer.js'));
  await trainer.evaluate(() => void setTimeout(() => { throw new Error('killed'); }));
  await view.at('restarted').waitFor({ timeout: 60_000 });
  const reason = view.at('recommendation-reason').filter({ hasText: /Because of|No single item/ });
  await reason.first().waitFor({ timeout: 240_000 });
  assert.deepEqual(view.foreign(), []);
  await view.close();
});
