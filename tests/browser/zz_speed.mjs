import { chromium } from 'playwright-core';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--disable-background-networking','--disable-component-update','--disable-sync','--no-first-run','--no-sandbox'] });
for (const v of process.argv.slice(2)) {
  const p = await b.newPage();
  await p.goto(`http://127.0.0.1:8799/${v}/www/demo/README.md`);
  console.log(v, await p.evaluate(async (v) => {
    const { Recommender } = await import(`/${v}/pkg/index.js`);
    const r = await Recommender.open({ device: 'cpu' });
    const cat = await (await fetch(`/${v}/www/demo/catalogue.json`)).json();
    const items = cat.topics.flatMap(t => t.items.map(i => ({ ...i, topic: t.name })));
    await r.setCatalogue(items);
    await r.simulate();
    const out = []; const t0 = performance.now(); let n = 0; const by = {};
    for await (const q of r.train({ model: 'gru-attention', epochs: 2, skipGramEpochs: 2 })) { if (q.eventsPerSecond) (by[q.phase] ??= []).push(q.eventsPerSecond); }
    const ms = performance.now() - t0;
    const med = a => a.sort((x, y) => x - y)[a.length >> 1];
    const t1 = performance.now(); for (let i = 0; i < 5; i++) { await r.recommend(); }
    return JSON.stringify({ ms: Math.round(ms), recommend: (performance.now() - t1) / 5, ...Object.fromEntries(Object.entries(by).map(([k, a]) => [k, Math.round(med(a))])) });
  }, v));
  await p.close();
}
await b.close();
