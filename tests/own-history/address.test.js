// What stays of an address, and which addresses do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeAddress } from '../../www/own-history/cleaning/address.js';

const item = (url) => describeAddress(url).item;
const out = (url) => describeAddress(url).out;

test('queries, fragments, tracking, www, schemes and final slashes go', () => {
  for (const url of [
    'https://www.example.com/story/?utm_source=x&fbclid=y#part-2',
    'http://example.com/story',
    'https://example.com/story/index.html?gclid=1&page=3',
    'https://example.com/story;jsessionid=ABCDEF0123456789?x=1',
  ]) {
    assert.equal(item(url), 'https://example.com/story', url);
  }
});

test('a query that names the page stays, and only that', () => {
  for (const [url, expected] of [
    ['https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s&list=PL1&si=track', 'https://youtube.com/watch?v=dQw4w9WgXcQ'],
    ['https://news.ycombinator.com/item?id=8863&p=2', 'https://news.ycombinator.com/item?id=8863'],
    ['https://forum.example.net/viewtopic.php?f=3&t=991&start=40&sid=0123456789abcdef', null],
    ['https://forum.example.net/viewtopic.php?f=3&t=991&start=40', 'https://forum.example.net/viewtopic.php?t=991'],
    ['https://wiki.example.net/index.php?title=Cedar&action=edit', 'https://wiki.example.net/index.php?title=Cedar'],
    ['https://bugs.example.net/show_bug.cgi?id=77&list_id=5', 'https://bugs.example.net/show_bug.cgi?id=77'],
  ]) {
    if (expected) assert.equal(item(url), expected);
    else assert.equal(out(url), 'secret');
  }
});

test('a kept parameter holds an id, never a sentence or a key', () => {
  assert.equal(item(`https://youtube.com/watch?v=${'a'.repeat(200)}`), 'https://youtube.com/watch');
  assert.equal(item('https://youtube.com/watch?v=<script>'), 'https://youtube.com/watch');
});

test('addresses with a key in them are left out', () => {
  for (const url of [
    'https://user:secret@example.com/',
    'https://example.com/page?access_token=abcdefgh',
    'https://example.com/page?X-Amz-Signature=0123456789',
    'https://example.com/reset-password/9f86d081884c7d659a2feaa0c55ad015',
    'https://example.com/account/verify/A1b2C3d4E5f6G7h8',
    'https://example.com/#access_token=eyJhbGciOiJ',
    'https://example.com/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.SflKxwRJSM',
  ]) {
    assert.equal(out(url), 'secret', url);
  }
});

test('words, dates and numbers in a path are no keys', () => {
  for (const url of [
    'https://example.com/2024/05/17/how-to-reset-a-password-without-losing-everything',
    'https://example.com/how-internationalization-really-works-in-2024',
    'https://example.com/product/B08N5WRWNW',
    'https://example.com/verify-your-sourdough-starter',
  ]) {
    assert.equal(out(url), null, url);
    assert.ok(!item(url).endsWith('/…'), url);
  }
});

test('a path is cut before a part drawn at random', () => {
  assert.equal(item('https://docs.example.com/d/1aB2cD3eF4gH5iJ6kL7mN8oP9qR0/edit'), 'https://docs.example.com/d/…');
});

test('searching, signing in and this device are ways, not pages', () => {
  for (const [url, reason] of [
    ['https://www.google.com/search?q=cedar', 'search'],
    ['https://www.google.co.uk/search?q=cedar', 'search'],
    ['https://duckduckgo.com/?q=cedar', 'search'],
    ['https://shop.example.com/search?q=lamp', 'search'],
    ['https://shop.example.com/s?k=lamp', 'search'],
    ['https://www.google.com/maps/search/dentist+near+me', 'search'],
    ['https://shop.example.com/en/search/red%20lamp', 'search'],
    ['https://code.example.com/someone/search/readme', null],
    ['https://accounts.google.com/v3/signin', 'login'],
    ['https://example.com/login?next=/', 'login'],
    ['https://example.com/users/sign_in.php', null],
    ['http://localhost:3000/app', 'local'],
    ['http://192.168.1.1/', 'local'],
    ['http://[::1]/x', 'local'],
    ['http://nas.local/x', 'local'],
    ['file:///home/me/taxes.pdf', 'local'],
    ['chrome://settings', 'local'],
    ['javascript:alert(1)', 'local'],
    ['data:text/html,<b>x', 'local'],
    ['https://', 'broken'],
    ['https://google.com/maps', null],
    ['https://example.com/research', null],
  ]) {
    assert.equal(out(url), reason, url);
  }
});

test('sites are registrable domains', () => {
  for (const [url, site] of [
    ['https://news.bbc.co.uk/x', 'bbc.co.uk'],
    ['https://someone.github.io/x', 'someone.github.io'],
    ['https://a.b.example.com/x', 'example.com'],
    ['https://93.184.216.34/x', '93.184.216.34'],
    ['https://bücher.example/x', 'xn--bcher-kva.example'],
  ]) {
    assert.equal(describeAddress(url).site, site, url);
  }
});
