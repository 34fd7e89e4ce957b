//! Lists: by an index where the filter pins what has one, else by reading everything, page by page.

use super::users::key;
use super::{Directory, Provisioned};
use crate::Result;
use domain::directory::Source;
use domain::{PersonId, TeamId};
use scim::{Filter, GROUP, Query, ResourceType, Test, USER};
use serde_json::{Map, Value};
use std::collections::HashMap;
use store::SourceRow;

/// Users that are read at once.
const PAGE: i64 = 500;

type Found = (usize, Vec<Map<String, Value>>);

/// Counts what passes, and keeps what is on the page.
struct Page<T> {
    skip: usize,
    count: usize,
    total: usize,
    found: Vec<T>,
}

impl<T> Page<T> {
    fn new(skip: usize, count: usize) -> Page<T> {
        Page { skip, count, total: 0, found: Vec::new() }
    }
    fn passed(&mut self, row: T) {
        if self.total >= self.skip && self.found.len() < self.count {
            self.found.push(row);
        }
        self.total += 1;
    }
}

fn test(filter: &Filter, kind: &'static ResourceType) -> scim::Result<Test> {
    Test::new(filter, kind)
}

impl Directory {
    pub(super) async fn find_all(&self, query: &Query) -> Provisioned<Found> {
        // A kind that lacks what the filter is about has nothing that passes; if all lack it, the filter is wrong.
        let fits = |kind| query.filter.as_ref().map_or(Ok(()), |filter| test(filter, kind).map(|_| ()));
        let (users, groups) = (fits(&USER), fits(&GROUP));
        if let (Err(error), Err(_)) = (&users, &groups) {
            return Err(error.clone().into());
        }
        let (mut total, mut found) = (0, Vec::new());
        if users.is_ok() {
            (total, found) = self.find_users(query, query.skip, query.count).await?;
        }
        if groups.is_ok() {
            let (skip, count) = (query.skip.saturating_sub(total), query.count - found.len());
            let (more, others) = self.find_groups(query, skip, count).await?;
            total += more;
            found.extend(others);
        }
        Ok((total, found))
    }

    pub(super) async fn find_users(&self, query: &Query, skip: usize, count: usize) -> Provisioned<Found> {
        let store = &self.station.inner.store;
        let wants_groups = query.projection.wants(&USER, "groups");
        let Some(filter) = &query.filter else {
            let rows = if count == 0 { Vec::new() } else { store.users_at(skip, count).await? };
            let total = store.users_count().await?;
            return Ok((total, self.users(query, rows, wants_groups).await?));
        };
        let test = test(filter, &USER)?;
        let by_groups = filter.mentions("groups");
        let mut page = Page::new(skip, count);
        if let Some(rows) = self.pinned(filter).await? {
            self.sift(&mut page, &test, by_groups, rows).await?;
        } else {
            let mut after = String::new();
            loop {
                let rows = store.users_after(&after, PAGE).await?;
                let Some(last) = rows.last().and_then(|row| row.external_id.clone()) else { break };
                after = last;
                self.sift(&mut page, &test, by_groups, rows).await?;
            }
        }
        Ok((page.total, self.users(query, page.found, wants_groups).await?))
    }

    /// Puts those that pass on the page.
    async fn sift(
        &self,
        page: &mut Page<SourceRow>,
        test: &Test,
        by_groups: bool,
        rows: Vec<SourceRow>,
    ) -> Provisioned<()> {
        let mut groups = self.groups_of(&rows, by_groups).await?;
        for row in rows {
            if test.passes(&self.shown(&row, groups.remove(&row.person).unwrap_or_default())?) {
                page.passed(row);
            }
        }
        Ok(())
    }

    async fn users(
        &self,
        query: &Query,
        rows: Vec<SourceRow>,
        with_groups: bool,
    ) -> Provisioned<Vec<Map<String, Value>>> {
        let mut groups = self.groups_of(&rows, with_groups).await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            let groups = groups.remove(&row.person).unwrap_or_default();
            users.push(query.projection.apply(self.shown(&row, groups)?));
        }
        Ok(users)
    }

    async fn groups_of(
        &self,
        rows: &[SourceRow],
        wanted: bool,
    ) -> Result<HashMap<PersonId, Vec<(TeamId, String)>>> {
        if !wanted {
            return Ok(HashMap::new());
        }
        let people: Vec<PersonId> = rows.iter().map(|row| row.person).collect();
        Ok(self.station.inner.store.teams_among(&people).await?)
    }

    /// The users that a filter can be about at most, where an index knows them.
    async fn pinned(&self, filter: &Filter) -> Result<Option<Vec<SourceRow>>> {
        let store = &self.station.inner.store;
        let one = if let Some(id) = filter.pinned("id") {
            match id.parse::<PersonId>() {
                Ok(id) => store.source_of(id, Source::Scim).await?,
                Err(_) => None,
            }
        } else if let Some(name) = filter.pinned("userName") {
            store.source_by_external(Source::Scim, &key(name)).await?
        } else if let Some(external_id) = filter.pinned("externalId") {
            return Ok(Some(store.users_by_client(external_id).await?));
        } else {
            return Ok(None);
        };
        Ok(Some(one.into_iter().filter(|row| row.external_id.is_some()).collect()))
    }

    pub(super) async fn find_groups(&self, query: &Query, skip: usize, count: usize) -> Provisioned<Found> {
        let store = &self.station.inner.store;
        let test = query.filter.as_ref().map(|filter| test(filter, &GROUP)).transpose()?;
        let by_members = query.filter.as_ref().is_some_and(|filter| filter.mentions("members"));
        let wants_members = query.projection.wants(&GROUP, "members");
        let pinned = query.filter.as_ref().and_then(|filter| filter.pinned("id"));
        let rows = match pinned.map(str::parse::<TeamId>) {
            Some(Ok(id)) => store.team(id).await?.into_iter().collect(),
            Some(Err(_)) => Vec::new(),
            None => store.teams().await?,
        };
        let mut page = Page::new(skip, count);
        for row in rows {
            if let Some(test) = &test {
                let members = if by_members { store.members_of(row.id).await? } else { Vec::new() };
                if !test.passes(&self.shown_group(&row, &members)?) {
                    continue;
                }
            }
            page.passed(row);
        }
        let mut groups = Vec::with_capacity(page.found.len());
        for row in page.found {
            let members = if wants_members { store.members_of(row.id).await? } else { Vec::new() };
            groups.push(query.projection.apply(self.shown_group(&row, &members)?));
        }
        Ok((page.total, groups))
    }
}
