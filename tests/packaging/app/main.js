import { Recommender } from 'homebody';
import { walk } from './ring.js';

const { by, first, device } = await walk(Recommender);
document.querySelector('output').textContent = `${by} on ${device}: ${first}`;
