import Papa from '../../vendor/papaparse.js';
import { Failure } from '../failure.js';
import { columnsOf, visitOf } from './rows.js';

/** Reads a table with a header into `visits`. Returns `{log: true}` where its items are no addresses or its events several people's. */
export function readCsv(name, blob, visits) {
  return new Promise((resolve, reject) => {
    let columns;
    let odd = 0;
    let found = 0;
    let log = false;
    const users = new Set();
    const take = (row) => {
      const visit = visitOf(row, columns);
      if (columns.user) users.add(row[columns.user]);
      if (visit && /^[a-z][a-z0-9+.-]*:/i.test(visit.url)) {
        found += 1;
        visits.addVisit(visit.url, visit.title, visit.time, visit.mark);
      } else odd += 1;
    };
    Papa.parse(blob, {
      header: true,
      skipEmptyLines: 'greedy',
      chunk({ data, meta }, parser) {
        columns ??= columnsOf(meta.fields ?? []);
        if (columns.url === undefined || columns.time === undefined) log = true;
        else data.forEach(take);
        log ||= users.size > 1;
        if (log) parser.abort();
      },
      complete() {
        if (log || found === 0) return resolve({ log: true, notes: [] });
        resolve({ log: false, notes: odd ? [`${name}: ${odd} rows without an address or a time were passed over.`] : [] });
      },
      error: () => reject(new Failure('locked', `${name} could not be read. Check that it is still there, and choose it again.`)),
    });
  });
}
