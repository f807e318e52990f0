import { Recommender } from 'homebody';
import 'homebody/element';
import { walk } from './ring.js';

const { recommender, by, first, device } = await walk(Recommender);
const element = document.createElement('homebody-recommendations');
element.setAttribute('repeats', 'allow');
element.setAttribute('link', '#{id}');
element.recommender = recommender;
document.body.append(element);
document.querySelector('output').textContent = `${by} on ${device}: ${first}`;
