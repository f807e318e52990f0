// What the shop adds to the element: consent, and the page that shows what is known and forgets it.

const options = { catalogue: '/catalogue.json', storage: /** @type {const} */ ('keep') };
const ASKED = 'consent-asked';

/** The page's one recommender: the element's, where there is one. */
async function recommender() {
  const element = document.querySelector('homebody-recommendations');
  if (element) return customElements.whenDefined('homebody-recommendations').then(() => element.recommender);
  const { openShared } = await import('/homebody/page.js');
  return openShared(options);
}

function line(text, ...more) {
  const row = document.createElement('li');
  row.append(text, ...more);
  return row;
}

function button(label, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = label;
  made.addEventListener('click', act);
  return made;
}

/** Asks once a visit, at the bottom of the window, where it covers nothing and moves nothing. */
async function askForConsent() {
  if (sessionStorage.getItem(ASKED)) return;
  const shop = await recommender();
  if ((await shop.storage()).state !== 'memory') return;
  const bar = document.createElement('aside');
  bar.className = 'consent';
  bar.setAttribute('aria-label', 'Remembering');
  const answer = (given) => async () => {
    sessionStorage.setItem(ASKED, 'yes');
    bar.remove();
    await shop.consent(given);
  };
  bar.append('Remember what you look at, on this device only, until you forget it? ', button('Yes', answer(true)), button('No', answer(false)));
  document.body.append(bar);
}

async function showProfile() {
  const shop = await recommender();
  const draw = async () => {
    const { history, topics, storage } = await shop.profile();
    document.querySelector('#storage').textContent = storage.reason;
    document.querySelector('#topics').replaceChildren(...topics.map(({ topic, share }) => line(`${topic}: ${Math.round(share * 100)}% `)));
    const forget = ({ item }) => button('Forget', () => shop.forget({ item: item.id }));
    const rows = history.map((event) => line(`${event.item.title} `, forget(event)));
    document.querySelector('#history').replaceChildren(...(rows.length > 0 ? rows : [line('Nothing.')]));
  };
  const acts = { remember: () => shop.consent(true), forget: () => shop.forget({ all: true }), off: () => shop.switchOff(), on: () => shop.switchOn() };
  for (const made of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-do]'))) {
    made.addEventListener('click', () => acts[made.dataset.do]().then(draw));
  }
  shop.on('change', draw);
  await draw();
}

if (location.pathname === '/you') showProfile();
else askForConsent();
