//! What an item is linked with, and how strongly.

/// A link to an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// The item.
    pub item: u32,
    /// How strongly, or often.
    pub weight: f32,
}

/// Links of one item.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// In the order of their first appearance.
    links: Vec<Link>,
    total: f32,
}

impl Links {
    /// Strengthens a link.
    pub fn add(&mut self, item: u32, weight: f32) {
        self.total += weight;
        if let Some(link) = self.links.iter_mut().find(|link| link.item == item) {
            link.weight += weight;
            return;
        }
        // Most have one link only: no room for more until there are.
        self.links.reserve_exact(usize::from(self.links.is_empty()));
        self.links.push(Link { item, weight });
    }

    /// All links.
    pub fn iter(&self) -> impl Iterator<Item = Link> {
        self.links.iter().copied()
    }

    /// The strength of one link.
    #[must_use]
    pub fn weight(&self, item: u32) -> f32 {
        self.links.iter().find(|link| link.item == item).map_or(0.0, |link| link.weight)
    }

    /// The strength of all links.
    #[must_use]
    pub fn total(&self) -> f32 {
        self.total
    }

    /// The strongest links, at most `count`, the latest first among equals.
    #[must_use]
    pub fn strongest(&self, count: usize) -> Vec<Link> {
        let mut links = self.links.clone();
        links.reverse();
        if links.len() > count {
            links.select_nth_unstable_by(count, |a, b| b.weight.total_cmp(&a.weight));
            links.truncate(count);
        }
        links
    }
}
