//! Lists: by an index where the filter pins what has one, else by reading everything, page by page.

use super::users::key;
use super::{Directory, Provisioned};
use crate::Result;
use domain::directory::Source;
use domain::{PersonId, TeamId};
use scim::{Filter, GROUP, Query, Resource, ResourceType, Test, USER};
use serde_json::{Map, Value};
use store::SourceRow;

/// Users that are read at once.
const PAGE: i64 = 500;

type Found = (usize, Vec<Map<String, Value>>);

/// Counts what passes, and keeps what is on the page.
struct Page<'a> {
    query: &'a Query,
    skip: usize,
    count: usize,
    total: usize,
    found: Vec<Map<String, Value>>,
}

impl<'a> Page<'a> {
    fn new(query: &'a Query, skip: usize, count: usize) -> Page<'a> {
        Page { query, skip, count, total: 0, found: Vec::new() }
    }
    /// Whether the next that passes is wanted.
    fn wants_next(&self) -> bool {
        self.total >= self.skip && self.found.len() < self.count
    }
    fn passed(&mut self, resource: Option<Resource>) {
        self.total += 1;
        self.found.extend(resource.map(|resource| self.query.projection.apply(resource)));
    }
    fn done(self) -> Found {
        (self.total, self.found)
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
            let mut found = Vec::new();
            let rows = if count == 0 { Vec::new() } else { store.users_at(skip, count).await? };
            for row in rows {
                let groups = if wants_groups { self.groups(row.person).await? } else { Vec::new() };
                found.push(query.projection.apply(self.shown(&row, groups)?));
            }
            return Ok((store.users_count().await?, found));
        };
        let test = test(filter, &USER)?;
        let by_groups = filter.mentions("groups");
        let mut page = Page::new(query, skip, count);
        let mut after = String::new();
        loop {
            let pinned = self.pinned(filter).await?;
            let whole = pinned.is_some();
            let rows = match pinned {
                Some(rows) => rows,
                None => store.users_after(&after, PAGE).await?,
            };
            for row in &rows {
                let mut groups = if by_groups { self.groups(row.person).await? } else { Vec::new() };
                let mut user = self.shown(row, groups)?;
                if !test.passes(&user) {
                    continue;
                }
                if page.wants_next() && wants_groups && !by_groups {
                    groups = self.groups(row.person).await?;
                    user = self.shown(row, groups)?;
                }
                let wanted = page.wants_next().then_some(user);
                page.passed(wanted);
            }
            match rows.last().and_then(|row| row.external_id.clone()) {
                Some(last) if !whole => after = last,
                _ => return Ok(page.done()),
            }
        }
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
        let mut page = Page::new(query, skip, count);
        for row in rows {
            let mut members = if by_members { store.members_of(row.id).await? } else { Vec::new() };
            if let Some(test) = &test
                && !test.passes(&self.shown_group(&row, &members)?)
            {
                continue;
            }
            if !page.wants_next() {
                page.passed(None);
                continue;
            }
            if wants_members && !by_members {
                members = store.members_of(row.id).await?;
            }
            page.passed(Some(self.shown_group(&row, &members)?));
        }
        Ok(page.done())
    }
}
