// Files of the visitor's own: what is read, what is refused, and that what was there before stays.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open } from './page.js';

let view;

before(async () => {
  view = await open({ query: '?device=cpu' });
});
after(() => view.close());

async function give(...files) {
  const [chooser] = await Promise.all([
    view.page.waitForEvent('filechooser'),
    view.page.getByText(/^(Use your own file|Open a file)$/).filter({ visible: true }).first().click(),
  ]);
  await chooser.setFiles(files.map(([name, text]) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));
}

// Eleven users of twelve ratings each, as MovieLens' zip ships them: more than the ten events that a shared log asks for.
function movielens() {
  const ratings = ['userId,movieId,rating,timestamp'];
  for (let user = 1; user <= 11; user += 1) {
    for (let movie = 1; movie <= 12; movie += 1) ratings.push(`${user},${movie},4.0,${964982703 + user * 100000 + movie * 60}`);
  }
  const movies = ['movieId,title,genres'];
  for (let movie = 1; movie <= 12; movie += 1) movies.push(`${movie},"<b>Film</b> ${movie} \u202e(1999)",Drama|Comedy`);
  return [['ratings.csv', ratings.join('\n')], ['movies.csv', movies.join('\n')]];
}

test('an empty file, a binary file and a header without items are refused with a remedy', async () => {
  for (const [name, text, told] of [
    ['empty.csv', '', /no events/i],
    ['binary.csv', '\u0000\u0001\u0002\u0000\u0000', /\S/],
    ['header.csv', 'colour,size\nred,1\n', /item/i],
  ]) {
    await give([name, text]);
    await view.at('error').waitFor();
    assert.match(await view.at('error').innerText(), told, name);
  }
  await view.at('try-demo').waitFor();
});

test('a MovieLens log asks who you are, and titles stay text', async () => {
  await give(...movielens());
  await view.at('who-user').first().waitFor();
  assert.equal(await view.at('who-user').count(), 11);
  await view.at('who-user').first().click();
  await view.at('report').waitFor();
  await view.page.keyboard.press('Escape');
  await view.at('browse-item').first().waitFor();
  const title = await view.at('browse-item').first().innerText();
  assert.match(title, /<b>Film<\/b> \d+ \(1999\)/);
  assert.ok((await view.at('history-item').count()) > 0);
});

test('a file that cannot be read leaves what was there', async () => {
  const before = await view.at('history-item').count();
  await give(['broken.json', '{"events": [']);
  await view.at('error').waitFor();
  assert.equal(await view.at('history-item').count(), before);
});

test('nothing left the page and nothing complained', () => {
  assert.deepEqual(view.foreign(), []);
  assert.deepEqual(view.complaints, []);
});
