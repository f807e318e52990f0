import { HomebodyError, OptionError, Recommender } from 'homebody';
import type { CatalogueItem, OpenOptions, Progress } from 'homebody';
import { openShared, recordView, whenIdle } from 'homebody/page';
import 'homebody/element';

const items: CatalogueItem[] = [{ id: 'sku-42', title: 'Moka pot', topic: 'Coffee', tags: ['espresso'], url: '/item/sku-42' }];
const options: OpenOptions = { catalogue: items, storage: 'keep', consent: true, device: 'cpu', model: 'gru' };

export async function use(signal: AbortSignal): Promise<string[]> {
  await whenIdle({ signal });
  await using recommender = await Recommender.open(options);
  const end = recommender.on('change', ({ reason }) => console.log(reason.toUpperCase()));
  recommender.on('error', (error) => console.log(error.code, error.remedy));
  await recordView(recommender, 'sku-42');
  await recommender.record({ item: 'sku-42', time: Date.now(), kind: 'bought' });
  const seen: Progress[] = [];
  for await (const progress of recommender.train({ signal, epochs: 3 })) seen.push(progress);
  const list = await recommender.recommend({ k: 6, repeats: 'allow', exclude: ['a'], diversity: 0.4, context: ['sku-42'] });
  recommender.shown(list);
  const { cosine } = (await recommender.similar('sku-42', { k: 3 })).items[0]!;
  const { needs } = await recommender.explain('sku-42');
  const evaluation = await recommender.evaluate();
  if (evaluation.status === 'measured') console.log(evaluation.rows.length, cosine, needs.length);
  const { events, disk } = await recommender.forget({ item: 'sku-42' });
  const profile = await recommender.profile();
  const file: Blob = await recommender.export({ include: ['catalogue', 'history'] });
  await (await Recommender.import(file)).close();
  await recommender.updateCatalogue({ put: items, remove: ['b'], pin: ['sku-42'] });
  await recommender.setBaseModel({ url: '/base.safetensors', sha256: 'ab' });
  end();
  return [String(events), disk, profile.storage.state, ...list.items.map(({ item }) => item.title ?? item.id)];
}

export async function shared(): Promise<void> {
  try {
    await openShared({ catalogue: '/catalogue.json' });
  } catch (error) {
    if (error instanceof OptionError) console.log('an option', error.message);
    else if (error instanceof HomebodyError) console.log(error.code);
  }
  const element = document.querySelector('homebody-recommendations')!;
  element.texts = { heading: 'Next' };
  element.exclude = ['sku-42'];
  element.renderItem = (item) => document.createTextNode(item.title ?? item.id);
  element.addEventListener('homebody-select', (event) => console.log(event.detail.position.toFixed(), event.detail.item.id));
}
