// Kinds of sites that say more of a person than they may want learned or seen over their shoulder. A list by hand cannot be
// complete: the preview shows what it caught, and every site can be taken out. Words are matched whole, in the address and the title,
// in a few languages. `hosts` are words of a site's name, between dots and hyphens; `*bank` may also end one, `credit*` begin one.

/** `id`, `name` for people, `sites`: registrable domains. */
export const CATEGORIES = [
  {
    id: 'health',
    name: 'Health',
    sites:
      'webmd.com mayoclinic.org nhs.uk drugs.com healthline.com medlineplus.gov doctolib.fr doctolib.de zocdoc.com betterhelp.com patient.info netdoktor.de apotheken-umschau.de onmeda.de ameli.fr medscape.com everydayhealth.com plannedparenthood.org zava.com teladoc.com goodrx.com psychologytoday.com headspace.com talkspace.com alodokter.com',
    hosts:
      '*health* *clinic* *hospital* *klinik* *krankenhaus* hopital pharma *apotheke* *pharmacy* pharmacie* farmacia* *medical medizin* *arzt doctor *therapy therapie* fertility* oncology',
    words:
      'symptom symptoms diagnosis cancer tumor tumour chemotherapy depression depressed anxiety bipolar schizophrenia autism adhd hiv aids herpes chlamydia gonorrhea syphilis pregnancy pregnant miscarriage abortion contraception ivf infertility diabetes epilepsy dementia alzheimer parkinson psychiatrist psychotherapy antidepressant rehab overdose suicide anorexia bulimia erectile menopause endometriosis schwanger schwangerschaft abtreibung krebs krankheit depressionen cáncer embarazo aborto grossesse avortement maladie gravidanza tumore zwangerschap kanker',
  },
  {
    id: 'adult',
    name: 'Adult',
    sites:
      'pornhub.com xvideos.com xnxx.com xhamster.com redtube.com youporn.com onlyfans.com chaturbate.com stripchat.com spankbang.com eporner.com fansly.com brazzers.com literotica.com rule34.xxx nhentai.net beeg.com tnaflix.com livejasmin.com bongacams.com motherless.com e-hentai.org',
    hosts: '*porn* porno* xxx sex escort* *hentai* nude erotic* erotik* camgirl* milf fetish*',
    words: 'porn porno pornography xxx nsfw nude nudes naked hentai escort escorts blowjob milf fetish bdsm erotica erotik camgirls',
  },
  {
    id: 'dating',
    name: 'Dating',
    sites:
      'tinder.com bumble.com okcupid.com match.com hinge.co grindr.com parship.de elitepartner.de badoo.com plentyoffish.com pof.com meetic.fr lovoo.com ashleymadison.com feeld.co adultfriendfinder.com happn.com eharmony.com zoosk.com joyclub.de jdate.com seeking.com',
    hosts: '*dating singles *partnersuche *rencontres',
    words: 'dating hookup hookups tinder grindr partnersuche seitensprung',
  },
  {
    id: 'finance',
    name: 'Banking and money',
    sites:
      'paypal.com chase.com wellsfargo.com bankofamerica.com citi.com capitalone.com hsbc.com barclays.co.uk revolut.com n26.com wise.com ing.de ing.nl comdirect.de dkb.de sparkasse.de commerzbank.de deutsche-bank.de bnpparibas.net creditagricole.fr boursorama.com santander.com bbva.es unicredit.it robinhood.com etrade.com fidelity.com vanguard.com schwab.com coinbase.com binance.com kraken.com klarna.com americanexpress.com mint.com creditkarma.com schufa.de elster.de turbotax.com hmrc.gov.uk irs.gov traderepublic.com monzo.com',
    hosts:
      '*bank *banking banque* banco* credit* *kredit *loans finanz* *wallet *broker *insurance *versicherung assurance* tax payday* *mortgage',
    words:
      'iban payslip salary mortgage bankruptcy insolvency debt debts overdraft foreclosure kontoauszug kontostand gehalt schulden privatinsolvenz hypothek salaire dettes faillite nómina deudas hipoteca stipendio debiti',
  },
  {
    id: 'gambling',
    name: 'Gambling',
    sites:
      'bet365.com pokerstars.com draftkings.com fanduel.com tipico.de bwin.com williamhill.com stake.com betfair.com unibet.com 888casino.com partypoker.com lottoland.com betway.com',
    hosts: '*casino* *poker* gambling bingo *betting slots lotto*',
    words: 'casino gambling roulette blackjack sportsbook sportwetten glücksspiel',
  },
  {
    id: 'belief',
    name: 'Religion and belief',
    sites: 'jw.org churchofjesuschrist.org vatican.va biblegateway.com quran.com islamqa.info bible.com chabad.org scientology.org',
    hosts: '*church *kirche eglise* *mosque moschee synagogue *parish diocese* bible* quran* gurdwara*',
    words:
      'scripture catholic protestant atheist atheism muslim mosque synagogue rabbi imam quran baptism konfession islam judaism hinduism',
  },
  {
    id: 'politics',
    name: 'Politics and unions',
    sites:
      'actblue.com winred.com democrats.org gop.com labour.org.uk conservatives.com spd.de cdu.de afd.de gruene.de die-linke.de fdp.de verdi.de igmetall.de change.org dsausa.org unitetheunion.org lfi.fr rassemblementnational.fr',
    hosts: 'partei gewerkschaft syndicat sindicato',
    words: 'gewerkschaft betriebsrat unionize unionise syndicat sindicato whistleblower',
  },
  {
    id: 'identity',
    name: 'Sexuality, origin and status',
    sites:
      'trevorproject.org glaad.org pflag.org hrc.org romeo.com queer.de autostraddle.com 23andme.com ancestry.com myheritage.com familytreedna.com uscis.gov bamf.de',
    hosts: 'lgbt* *queer transgender asylum* *ancestry* *genealogy*',
    words:
      'lgbt lgbtq gay lesbian bisexual transgender transsexual nonbinary queer asylum refugee deportation immigration asyl schwul lesbisch aufenthaltstitel einbürgerung',
  },
  {
    id: 'law',
    name: 'Law, crime and help',
    sites: 'rainn.org thehotline.org aa.org na.org samaritans.org telefonseelsorge.de weisser-ring.de anonyme-alkoholiker.de',
    hosts: '*lawyer* *attorney* *anwalt* avocat abogado divorce*',
    words:
      'divorce custody alimony arrested arrest felony bail restraining expungement scheidung sorgerecht unterhalt strafanzeige vorstrafe alcoholics addiction rape stalking',
  },
  {
    id: 'messages',
    name: 'Mail and messages',
    sites:
      'gmail.com outlook.com protonmail.com proton.me gmx.net gmx.de web.de tutanota.com whatsapp.com messenger.com telegram.org signal.org slack.com discord.com zoho.com fastmail.com hey.com',
    hosts: '*webmail mail',
    words: 'inbox posteingang',
  },
];

const words = (text) => text.split(/\s+/).filter(Boolean);

const bySite = new Map(CATEGORIES.flatMap(({ id, sites }) => words(sites).map((site) => [site, id])));
const byWord = new Map(CATEGORIES.flatMap(({ id, words: list }) => words(list).map((word) => [word, id])));
const inHost = CATEGORIES.flatMap(({ id, hosts: list }) => words(list).map((pattern) => hostRule(pattern, id)));
const hosts = new Map();

/** The category of a page, or null. A site's name decides before a page's words. */
export function categoryOf({ host, site, path, title }) {
  return hostCategory(host, site) ?? wordCategory(path) ?? wordCategory(title);
}

function hostCategory(host, site) {
  let category = hosts.get(host);
  if (category === undefined) {
    if (hosts.size > 50_000) hosts.clear();
    category = bySite.get(site) ?? bySite.get(host) ?? namedAs(host) ?? null;
    hosts.set(host, category);
  }
  return category;
}

function namedAs(host) {
  const parts = host.split(/[.-]/).slice(0, -1);
  return inHost.find(({ matches }) => parts.some(matches))?.id;
}

function hostRule(pattern, id) {
  const word = pattern.replaceAll('*', '');
  const [ends, begins] = [pattern.startsWith('*'), pattern.endsWith('*')];
  return { id, matches: (part) => part === word || (ends && part.endsWith(word)) || (begins && part.startsWith(word)) };
}

function wordCategory(text) {
  for (const word of text.toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
    const category = byWord.get(word);
    if (category) return category;
  }
  return null;
}
