//! Which column of a table, or key of an object, means what.

use super::text;

/// Names by which a column is known, separated by blanks, best first: `url` beats a row's own `id`. Case, blanks and
/// underscores do not count.
const USER: &str = "user_id user visitor_id visitor customer_id customer session_user uid username member_id member account_id \
    account client_id client person_id person reviewer_id reviewer profile_id";
const ITEM: &str = "item_id item product_id product movie_id movie url uri link title_url page page_url page_id isbn book_id \
    book track_id track song_id song article_id article video_id video film_id film game_id game asin sku \
    stock_code content_id id title";
const TIME: &str = "timestamp time datetime date_time date visited_at visit_time last_visit_time visit_date viewed_at created_at \
    event_time event_timestamp occurred_at watched_at played_at listened_at purchased_at order_date invoice_date \
    unix_time unix_review_time time_usec time_ms ts at";
const SESSION: &str = "session_id session user_session visit_id visit";
const KIND: &str = "kind event event_type event_name action action_type behavior behaviour verb type";
const TITLE: &str = "title item_title product_title movie_title page_title book_title track_title song_title item_name \
    product_name track_name name";
const DETAIL: &str = "detail details subtitle author authors artist artist_name brand description";
const TOPIC: &str = "genres genre topic topics categories category category_name category_code section";

/// Where each part of an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Columns {
    pub(super) user: Option<usize>,
    pub(super) item: Option<usize>,
    pub(super) time: Option<usize>,
    pub(super) session: Option<usize>,
    pub(super) kind: Option<usize>,
    pub(super) title: Option<usize>,
    pub(super) detail: Option<usize>,
    pub(super) topic: Option<usize>,
}

impl Columns {
    /// A list of one column.
    pub(super) const ONLY_ITEM: Self = Self {
        user: None,
        item: Some(0),
        time: None,
        session: None,
        kind: None,
        title: None,
        detail: None,
        topic: None,
    };

    pub(super) fn find(names: &[&str]) -> Self {
        let position =
            |synonyms: &str| synonyms.split(' ').find_map(|synonym| names.iter().position(|name| same(name, synonym)));
        Self {
            user: position(USER),
            item: position(ITEM),
            time: position(TIME),
            session: position(SESSION),
            kind: position(KIND),
            title: position(TITLE),
            detail: position(DETAIL),
            topic: position(TOPIC),
        }
    }

    /// Titles, and nothing that makes a row an event: `movies.csv` beside `ratings.csv`.
    pub(super) fn describe_items(&self) -> bool {
        let is_log = [self.user, self.time, self.session, self.kind].iter().any(Option::is_some);
        self.title.is_some() && !is_log
    }

    /// What was found where, as a sentence's part: `user in "userId", item in "movieId"`.
    pub(super) fn found(&self, names: &[&str]) -> String {
        let roles = [
            ("user", self.user),
            ("item", self.item),
            ("time", self.time),
            ("session", self.session),
            ("kind", self.kind),
            ("title", self.title),
            ("detail", self.detail),
            ("topic", self.topic),
        ];
        let found =
            roles.iter().filter_map(|(role, at)| Some(format!("{role} in {:?}", text::shorten(names.get((*at)?)?))));
        found.collect::<Vec<_>>().join(", ")
    }
}

/// The names by which the item's column is known, for a message.
pub(super) fn item_names() -> String {
    ITEM.replace(' ', ", ")
}

fn same(name: &str, synonym: &str) -> bool {
    letters(name).eq(letters(synonym))
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_blanks_and_underscores_do_not_count() {
        for names in [
            ["userId", "movieId", "timestamp"],
            ["USER_ID", "Product ID", "Visited-At"],
            ["visitor", "ISBN", "created_at"],
        ] {
            let columns = Columns::find(&names);
            assert_eq!((columns.user, columns.item, columns.time), (Some(0), Some(1), Some(2)), "{names:?}");
        }
    }

    #[test]
    fn the_better_name_wins_wherever_it_stands() {
        assert_eq!(Columns::find(&["id", "title", "url"]).item, Some(2));
        assert_eq!(Columns::find(&["id", "title"]).item, Some(0));
        assert_eq!(Columns::find(&["title", "date"]).item, Some(0));
    }

    #[test]
    fn a_table_of_titles_is_told_from_a_log() {
        assert!(Columns::find(&["movieId", "title", "genres"]).describe_items());
        assert!(!Columns::find(&["url", "title", "time"]).describe_items());
        assert!(!Columns::find(&["url"]).describe_items());
    }
}
