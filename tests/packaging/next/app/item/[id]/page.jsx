import Link from 'next/link';
import { Recommendations } from 'homebody/react';
import { Product } from '../../product.jsx';
import { catalogue } from '../../../ring.js';

// Rendered on the server: the component and the bare element stand in its HTML.
export default async function Page({ params }) {
  const { id } = await params;
  return (
    <main>
      <h1>{catalogue.find((item) => item.id === id).title}</h1>
      <nav>
        {catalogue.map((item) => (
          <Link key={item.id} href={`/item/${item.id}`}>
            {item.title}
          </Link>
        ))}
      </nav>
      <Product id={id} />
      <Recommendations catalogue="/catalogue.json" similarTo={id} k={3} link="/item/{id}">
        <span slot="heading">Like this</span>
      </Recommendations>
    </main>
  );
}
