//! SCIM as Okta and Entra speak it, and as somebody does who means harm or errs.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Answer, Node, answer};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use station::Scope;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const BADGES: &str = "urn:ietf:params:scim:schemas:extension:cubbybadges:2.0:User";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// An identity provider that keeps its users in a node.
struct Provider {
    node: Node,
    token: String,
}

impl Provider {
    async fn start() -> Provider {
        let node = Node::start().await;
        let token = node.token(Scope::Directory).await;
        Provider { node, token }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask_if(method, path, body, &[]).await
    }

    async fn ask_if(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.node.request(method, &format!("/scim/v2{path}")).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/scim+json").body(body.to_string());
        }
        let answer = answer(request).await;
        if !answer.body.is_null() {
            assert_eq!(answer.headers[CONTENT_TYPE], "application/scim+json", "{answer:?}");
        }
        answer
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    async fn add(&self, kind: &str, body: Value) -> Value {
        let added = self.ask(Method::POST, &format!("/{kind}"), Some(body)).await;
        assert_eq!(added.status, 201, "{added:?}");
        assert_eq!(added.headers["location"], added.body["meta"]["location"].as_str().unwrap());
        assert_eq!(added.headers["etag"], added.body["meta"]["version"].as_str().unwrap());
        added.body
    }

    async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        self.ask(Method::PATCH, path, Some(body)).await
    }

    async fn found(&self, kind: &str, filter: &str) -> Vec<Value> {
        let found = self.get(&filtered(kind, filter)).await;
        assert_eq!(found.status, 200, "{filter}: {found:?}");
        let list = found.body["Resources"].as_array().unwrap().clone();
        assert_eq!(found.body["totalResults"], list.len());
        list
    }

    /// What the mailroom sees of a person.
    async fn seen(&self, id: &str) -> station::wire::PersonPage {
        self.node.hands.person(id.parse().unwrap()).await.unwrap()
    }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, kind: Option<&str>) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{answer:?}");
    assert_eq!(answer.body["status"], status.to_string(), "the status is text");
    assert_eq!(answer.body["scimType"].as_str(), kind, "{answer:?}");
}

/// A list's address with a filter, every byte of it escaped.
fn filtered(kind: &str, filter: &str) -> String {
    let escaped: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("/{kind}?filter={escaped}")
}

fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap()
}

#[tokio::test]
async fn okta_provisions_deactivates_and_brings_back_a_person() {
    let okta = Provider::start().await;
    assert!(okta.found("Users", "userName eq \"ada@corp.example\"").await.is_empty());
    let ada = okta
        .add(
            "Users",
            json!({
                "schemas": [USER], "userName": "ada@corp.example",
                "name": { "givenName": "Ada", "familyName": "Lovelace" },
                "emails": [{ "primary": true, "value": "ada@corp.example", "type": "work" }],
                "displayName": "Ada Lovelace", "locale": "es-MX", "externalId": "00ujl29u0le5T6Aj10h7",
                "groups": [], "password": "1mz050nq", "active": true,
            }),
        )
        .await;
    assert!(ada.get("password").is_none());
    assert_eq!(ada["externalId"], "00ujl29u0le5T6Aj10h7");
    let path = format!("/Users/{}", id(&ada));
    let seen = okta.seen(id(&ada)).await;
    assert_eq!(
        (seen.form.name.as_str(), seen.form.email.as_deref()),
        ("Ada Lovelace", Some("ada@corp.example"))
    );
    assert!(seen.form.active);
    // New today, she can be sent a package today.
    okta.node.package(id(&ada), "S").await;

    assert_eq!(okta.get(&path).await.body, ada);
    assert_eq!(okta.found("Users", "userName eq \"ADA@corp.example\"").await[0], ada);

    // A changed profile comes as the whole resource.
    let mut whole = okta.get(&path).await.body;
    whole["name"]["familyName"] = "King".into();
    whole["displayName"] = "Ada King".into();
    let changed = okta.ask(Method::PUT, &path, Some(whole)).await;
    assert_eq!((changed.status, &changed.body["name"]["familyName"]), (200, &json!("King")));
    assert_eq!(okta.seen(id(&ada)).await.form.name, "Ada King");

    let off = okta.patch(&path, json!([{ "op": "replace", "value": { "active": false } }])).await;
    assert_eq!((off.status, &off.body["active"]), (200, &json!(false)));
    assert!(!okta.seen(id(&ada)).await.form.active);
    // Whoever leaves active out doesn't bring anybody back.
    let silent = json!({ "schemas": [USER], "userName": "ada@corp.example" });
    let silent = okta.ask(Method::PUT, &path, Some(silent)).await;
    assert_eq!(silent.body["active"], false, "{silent:?}");
    let on = okta.patch(&path, json!([{ "op": "replace", "value": { "active": true } }])).await;
    assert_eq!(on.body["active"], true);
    assert!(okta.seen(id(&ada)).await.form.active);
    okta.node.stop().await;
}

#[tokio::test]
async fn entra_looks_before_it_adds_and_changes_by_path() {
    let entra = Provider::start().await;
    assert!(entra.found("Users", "externalId eq \"58342554-38d6-4ec8-948c-50044d0a33fd\"").await.is_empty());
    let ada = entra
        .add(
            "Users",
            json!({
                "schemas": [USER, ENTERPRISE], "externalId": "58342554-38d6-4ec8-948c-50044d0a33fd",
                "userName": "Test_User_dd23897c", "active": true, "displayName": "Ada Lovelace",
                "emails": [{ "primary": true, "type": "work", "value": "ada@testuser.example" }],
                "meta": { "resourceType": "User" },
                "name": { "formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada" },
                "roles": [], ENTERPRISE: { "department": "Engines" },
            }),
        )
        .await;
    let path = format!("/Users/{}", id(&ada));
    let again = json!({ "schemas": [USER], "userName": "TEST_USER_dd23897c" });
    refused(&entra.ask(Method::POST, "/Users", Some(again)).await, 409, Some("uniqueness"));
    assert_eq!(entra.found("Users", "externalId eq \"58342554-38d6-4ec8-948c-50044d0a33fd\"").await[0], ada);
    assert!(entra.found("Users", "externalId eq \"58342554-38D6-4ec8-948c-50044d0a33fd\"").await.is_empty());
    let by_mail = "emails[type eq \"work\"].value eq \"ADA@testuser.example\" and active eq \"True\"";
    assert_eq!(entra.found("Users", by_mail).await[0], ada);

    let changed = entra
        .patch(
            &path,
            json!([
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updated@testuser.example" },
                { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 2" },
                { "op": "Replace", "path": "name.familyName", "value": "King" },
                { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": id(&ada) },
                { "op": "Replace", "path": format!("{ENTERPRISE}:department"), "value": "Poetry" },
            ]),
        )
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let seen = entra.seen(id(&ada)).await;
    assert_eq!(seen.form.email.as_deref(), Some("updated@testuser.example"));
    assert_eq!((seen.form.phone.as_deref(), seen.form.department.as_deref()), (Some("+1 2"), Some("Poetry")));

    let off = entra.patch(&path, json!([{ "op": "Replace", "path": "active", "value": "False" }])).await;
    assert_eq!(off.body["active"], false);
    assert!(!entra.seen(id(&ada)).await.form.active);
    assert_eq!(entra.ask(Method::DELETE, &path, None).await.status, 204);
    refused(&entra.get(&path).await, 404, None);
    entra.node.stop().await;
}

#[tokio::test]
async fn groups_come_and_go_with_their_members() {
    let idp = Provider::start().await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        let user = json!({ "schemas": [USER], "userName": name, "displayName": name });
        people.push(id(&idp.add("Users", user).await).to_owned());
    }
    let [ada, bob, cyd] = [&people[0], &people[1], &people[2]];
    assert!(idp.found("Groups", "displayName eq \"Lab\"").await.is_empty());
    let lab = json!({ "schemas": [GROUP], "externalId": "8aa1a0c0", "displayName": "Lab",
                      "members": [{ "value": ada, "display": "ada" }] });
    let lab = idp.add("Groups", lab).await;
    let path = format!("/Groups/{}", id(&lab));
    assert_eq!(lab["members"][0]["value"], **ada);
    assert!(lab["members"][0]["$ref"].as_str().unwrap().ends_with(&format!("/scim/v2/Users/{ada}")));
    assert_eq!(idp.seen(ada).await.teams, ["Lab"]);
    let user = idp.get(&format!("/Users/{ada}")).await.body;
    assert_eq!((&user["groups"][0]["value"], &user["groups"][0]["display"]), (&lab["id"], &json!("Lab")));

    // Entra adds and removes, with members as values; then Okta's way, by a filter in the path.
    let add = json!([{ "op": "Add", "path": "members", "value": [{ "value": bob }, { "value": cyd }] }]);
    let added = idp.patch(&path, add).await;
    assert_eq!((added.status, &added.body), (204, &Value::Null));
    assert_eq!(idp.seen(cyd).await.teams, ["Lab"]);
    let asked = format!("id eq \"{}\" and members eq \"{bob}\"", id(&lab));
    assert_eq!(idp.found("Groups", &asked).await.len(), 1);
    let remove = json!([{ "op": "Remove", "path": "members", "value": [{ "value": bob }] }]);
    assert_eq!(idp.patch(&path, remove).await.status, 204);
    assert!(idp.found("Groups", &asked).await.is_empty());
    assert!(idp.seen(bob).await.teams.is_empty());
    let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{cyd}\"]") }]);
    assert_eq!(idp.patch(&path, remove).await.status, 204);
    assert_eq!(idp.found("Users", "groups.display eq \"lab\"").await.len(), 1);

    let rename = json!([{ "op": "replace", "value": { "id": lab["id"], "displayName": "Laboratory" } }]);
    let renamed = idp.patch(&format!("{path}?attributes=displayName"), rename).await;
    assert_eq!(renamed.body, json!({ "schemas": [GROUP], "id": lab["id"], "displayName": "Laboratory" }));
    assert_eq!(idp.seen(ada).await.teams, ["Laboratory"]);
    let version = idp.get(&path).await.headers["etag"].clone();
    idp.patch(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }])).await;
    assert_eq!(idp.get(&path).await.headers["etag"], version, "nothing has changed");

    let nobody = json!([{ "op": "add", "path": "members", "value": [{ "value": lab["id"] }] }]);
    refused(&idp.patch(&path, nobody).await, 400, Some("invalidValue"));
    let left = idp.found("Groups", "displayName sw \"lab\"").await;
    assert_eq!(left[0]["members"].as_array().unwrap().len(), 1);
    let without = idp.get("/Groups?excludedAttributes=members").await;
    assert!(without.body["Resources"][0].get("members").is_none());

    // Who is deleted is in no group, and a group that is deleted has nobody in it.
    assert_eq!(idp.ask(Method::DELETE, &format!("/Users/{ada}"), None).await.status, 204);
    assert!(idp.get(&path).await.body.get("members").is_none());
    idp.patch(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": bob }] }])).await;
    assert_eq!(idp.ask(Method::DELETE, &path, None).await.status, 204);
    refused(&idp.get(&path).await, 404, None);
    assert!(idp.seen(bob).await.teams.is_empty());
    idp.node.stop().await;
}

#[tokio::test]
async fn a_person_of_two_sources_is_one_person_and_a_deleted_one_is_a_leaver() {
    let idp = Provider::start().await;
    let hired =
        idp.node.post("/v1/people", json!({ "name": "Ada", "email": "Ada@corp.example" })).await.text("id");
    let user = json!({ "userName": "ada", "displayName": "Ada Lovelace", "emails": [{ "value": "ada@CORP.example" }],
                       "phoneNumbers": [{ "value": "1" }], BADGES: { "badges": ["40856634"] } });
    let ada = idp.add("Users", user).await;
    assert_eq!(id(&ada), hired);
    assert!(!ada.to_string().contains("40856634"), "a badge is not told again");
    let seen = idp.seen(&hired).await;
    assert_eq!((seen.form.name.as_str(), seen.badges.len()), ("Ada Lovelace", 1));

    let same_mail = json!({ "userName": "bob", "emails": [{ "value": "ada@corp.example" }] });
    refused(&idp.ask(Method::POST, "/Users", Some(same_mail)).await, 409, Some("uniqueness"));
    let same_badge = json!({ "userName": "bob", BADGES: { "badges": ["0040856634"] } });
    refused(&idp.ask(Method::POST, "/Users", Some(same_badge)).await, 409, Some("uniqueness"));
    let path = format!("/Users/{hired}");
    let no_badge = json!([{ "op": "remove", "path": format!("{BADGES}:badges"), "value": ["40856634"] }]);
    assert_eq!(idp.patch(&path, no_badge).await.status, 200);
    assert!(idp.seen(&hired).await.badges.is_empty());

    assert_eq!(idp.ask(Method::DELETE, &path, None).await.status, 204);
    refused(&idp.get(&path).await, 404, None);
    refused(&idp.ask(Method::DELETE, &path, None).await, 404, None);
    refused(
        &idp.patch(&path, json!([{ "op": "replace", "path": "active", "value": true }])).await,
        404,
        None,
    );
    assert!(idp.found("Users", "userName eq \"ada\"").await.is_empty());
    let seen = idp.seen(&hired).await;
    assert!(!seen.form.active && seen.form.phone.is_none());
    assert_eq!((seen.form.name.as_str(), seen.form.email.as_deref()), ("Ada", Some("ada@corp.example")));

    // Hired again, it is the same person.
    let back =
        json!({ "userName": "ada.l", "displayName": "Ada L", "emails": [{ "value": "ada@corp.example" }] });
    assert_eq!(id(&idp.add("Users", back).await), hired);
    assert!(idp.seen(&hired).await.form.active);

    // Nobody else knows this one: a name is left for what may still be waiting.
    let bob = idp.add("Users", json!({ "userName": "bob", "displayName": "Bob", "title": "x" })).await;
    assert_eq!(idp.ask(Method::DELETE, &format!("/Users/{}", id(&bob)), None).await.status, 204);
    let seen = idp.seen(id(&bob)).await;
    assert_eq!((seen.form.name.as_str(), seen.form.active), ("Bob", false));
    idp.node.stop().await;
}

#[tokio::test]
async fn a_manager_is_told_by_name_under_every_name_and_nobody_is_above_themselves() {
    let idp = Provider::start().await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        people.push(id(&idp.add("Users", json!({ "userName": name })).await).to_owned());
    }
    let [ada, bob, cyd] = [&people[0], &people[1], &people[2]];
    let put_under = async |user: &str, manager: &str| {
        let operations = json!([{ "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": manager }]);
        let answer = idp.patch(&format!("/Users/{user}"), operations).await;
        assert_eq!(answer.body[ENTERPRISE]["manager"]["value"], manager, "{answer:?}");
        idp.seen(user).await.manager
    };
    assert_eq!(put_under(ada, bob).await.as_deref(), Some("bob"));
    assert_eq!(put_under(bob, cyd).await.as_deref(), Some("cyd"));
    assert_eq!(put_under(cyd, ada).await, None, "a circle is not closed");
    assert_eq!(put_under(cyd, cyd).await, None);
    assert_eq!(put_under(cyd, "somebody").await.as_deref(), Some("somebody"));
    let rename = json!([{ "op": "replace", "path": "userName", "value": "Robert" }]);
    assert_eq!(idp.patch(&format!("/Users/{bob}"), rename).await.status, 200);
    assert_eq!(idp.seen(ada).await.manager.as_deref(), Some("robert"));
    idp.node.stop().await;
}

#[tokio::test]
async fn who_means_another_version_changes_nothing() {
    let idp = Provider::start().await;
    let ada = idp.add("Users", json!({ "userName": "ada" })).await;
    let (path, old) = (format!("/Users/{}", id(&ada)), ada["meta"]["version"].as_str().unwrap());
    let title = |title: &str| {
        Some(json!({ "schemas": [PATCH], "Operations": [{ "op": "add", "path": "title", "value": title }] }))
    };
    let first = idp.ask_if(Method::PATCH, &path, title("a"), &[("if-match", old)]).await;
    assert_eq!(first.status, 200, "{first:?}");
    let new = first.headers["etag"].to_str().unwrap();
    assert_ne!(new, old);
    for (method, body) in [
        (Method::PATCH, title("b")),
        (Method::PUT, Some(json!({ "userName": "bob" }))),
        (Method::DELETE, None),
    ] {
        for condition in [old, "nonsense", ""] {
            let late = idp.ask_if(method.clone(), &path, body.clone(), &[("if-match", condition)]).await;
            refused(&late, 412, None);
        }
    }
    let unchanged = idp.ask_if(Method::GET, &path, None, &[("if-none-match", new)]).await;
    assert_eq!(
        (unchanged.status, unchanged.body, &unchanged.headers["etag"]),
        (304, Value::Null, &first.headers["etag"])
    );
    assert_eq!(idp.ask_if(Method::GET, &path, None, &[("if-none-match", old)]).await.body["title"], "a");
    assert_eq!(idp.ask_if(Method::DELETE, &path, None, &[("if-match", "*")]).await.status, 204);
    idp.node.stop().await;
}

#[tokio::test]
async fn lists_are_paged_and_searched_by_url_and_by_body() {
    let idp = Provider::start().await;
    for name in ["dan", "ada", "cyd", "Bob", "eve"] {
        idp.add("Users", json!({ "userName": name, "active": name != "cyd" })).await;
    }
    idp.add("Groups", json!({ "displayName": "Lab" })).await;
    let names = |answer: &Answer| -> Vec<String> {
        let all = answer.body["Resources"].as_array().unwrap();
        all.iter().map(|r| r["userName"].as_str().or(r["displayName"].as_str()).unwrap().to_owned()).collect()
    };
    let page = idp.get("/Users?startIndex=2&count=2&attributes=userName").await;
    assert_eq!(names(&page), ["Bob", "cyd"]);
    assert_eq!([&page.body["totalResults"], &page.body["startIndex"], &page.body["itemsPerPage"]], [5, 2, 2]);
    let end = idp.get("/Users?startIndex=6&count=2").await;
    assert_eq!((names(&end).len(), &end.body["totalResults"]), (0, &json!(5)));
    let none = idp.get("/Users?count=0&filter=active+eq+true").await;
    assert_eq!((names(&none).len(), &none.body["totalResults"]), (0, &json!(4)));
    let filtered = idp.get("/Users?filter=active%20eq%20true&startIndex=3&count=1").await;
    assert_eq!((names(&filtered), &filtered.body["totalResults"]), (vec!["dan".to_owned()], &json!(4)));

    let search = |filter: &str, start: u8| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
        Some(json!({ "schemas": [schema], "filter": filter, "startIndex": start, "count": 2 }))
    };
    let all = idp.ask(Method::POST, "/.search", search("id pr", 5)).await;
    assert_eq!(
        (names(&all), &all.body["totalResults"]),
        (vec!["eve".to_owned(), "Lab".to_owned()], &json!(6))
    );
    let groups = idp.ask(Method::POST, "/.search", search("displayName eq \"lab\"", 1)).await;
    assert_eq!(names(&groups), ["Lab"]);
    let users = idp.ask(Method::POST, "/Users/.search", search("userName sw \"b\"", 1)).await;
    assert_eq!(names(&users), ["Bob"]);
    refused(&idp.ask(Method::POST, "/.search", search("colour pr", 1)).await, 400, Some("invalidFilter"));
    idp.node.stop().await;
}

#[tokio::test]
async fn what_is_malformed_or_explodes_is_refused_and_changes_nothing() {
    let idp = Provider::start().await;
    let ada = idp.add("Users", json!({ "userName": "ada" })).await;
    let path = format!("/Users/{}", id(&ada));
    let filters = [
        "userName".to_owned(),
        "userName eq ada".into(),
        "colour eq \"red\"".into(),
        format!("{}userName pr{}", "(".repeat(3_000), ")".repeat(3_000)),
        vec!["userName pr"; 400].join(" or "),
        format!("userName eq \"{}\"", "x".repeat(9_000)),
    ];
    for filter in filters {
        refused(&idp.get(&filtered("Users", &filter)).await, 400, Some("invalidFilter"));
    }
    for bad in ["emails[", "emails[type eq \"work\"", "a.b.c", "colour", "urn:x:y"] {
        let answer = idp.patch(&path, json!([{ "op": "add", "path": bad, "value": "x" }])).await;
        refused(&answer, 400, Some("invalidPath"));
    }
    // All of a PATCH or nothing of it.
    let half = json!([{ "op": "add", "path": "title", "value": "x" }, { "op": "replace", "path": "id", "value": "y" }]);
    refused(&idp.patch(&path, half).await, 400, Some("mutability"));
    for body in [
        json!([]),
        json!({ "userName": " " }),
        json!({ "userName": 7 }),
        json!({ "userName": "b", "emails": [{ "value": "no address" }] }),
    ] {
        let refusal = idp.ask(Method::POST, "/Users", Some(body)).await;
        assert!(refusal.status == 400 && refusal.body["scimType"].is_string(), "{refusal:?}");
    }
    let raw = |text: String, kind: &str| {
        let request = idp.node.request(Method::POST, "/scim/v2/Users").bearer_auth(&idp.token);
        answer(request.header(CONTENT_TYPE, kind).body(text))
    };
    refused(&raw("{\"userName\":".into(), "application/scim+json").await, 400, Some("invalidSyntax"));
    refused(&raw("[".repeat(100_000), "application/json").await, 400, Some("invalidSyntax"));
    refused(&raw("{}".into(), "text/plain").await, 415, None);
    refused(&raw(format!("\"{}\"", "x".repeat(1024 * 1024)), "application/json").await, 413, None);
    assert_eq!(
        raw(format!("{{\"userName\":\"big\",\"x\":\"{}\"}}", "x".repeat(900_000)), "application/json")
            .await
            .status,
        201
    );

    refused(&idp.get("/Users/not-an-id").await, 404, None);
    refused(&idp.get("/Printers").await, 404, None);
    refused(&idp.ask(Method::POST, "/Schemas", Some(json!({}))).await, 405, None);
    refused(&idp.get("/Schemas?filter=id+pr").await, 403, None);
    refused(&idp.get("/Me").await, 501, None);
    refused(&idp.ask(Method::POST, "/Bulk", Some(json!({}))).await, 501, None);
    assert_eq!(idp.get("/ServiceProviderConfig").await.body["bulk"]["supported"], false);
    assert_eq!(idp.get(&path).await.body, ada);
    idp.node.stop().await;
}

#[tokio::test]
async fn only_a_token_of_the_directory_may_and_it_may_nothing_else() {
    let idp = Provider::start().await;
    let ada = idp.add("Users", json!({ "userName": "ada" })).await;
    let one = format!("/scim/v2/Users/{}", id(&ada));
    let requests = [
        (Method::GET, "/scim/v2/Users"),
        (Method::POST, "/scim/v2/Users"),
        (Method::GET, one.as_str()),
        (Method::PUT, &one),
        (Method::PATCH, &one),
        (Method::DELETE, &one),
        (Method::POST, "/scim/v2/.search"),
        (Method::GET, "/scim/v2/Groups"),
        (Method::GET, "/scim/v2/Schemas"),
        (Method::GET, "/scim/v2/ResourceTypes"),
        (Method::GET, "/scim/v2/ServiceProviderConfig"),
    ];
    for (method, path) in requests {
        for scope in Scope::ALL.into_iter().filter(|scope| *scope != Scope::Directory) {
            let token = idp.node.token(scope).await;
            // Not even whether the body was right is told.
            let request = idp.node.request(method.clone(), path).bearer_auth(token).body("{");
            refused(&answer(request).await, 403, None);
        }
        let nobody = answer(idp.node.request(method.clone(), path).body("{")).await;
        refused(&nobody, 401, None);
        assert_eq!(nobody.headers["www-authenticate"], r#"Bearer realm="cubby""#);
        let wrong = answer(idp.node.request(method, path).bearer_auth("nonsense").body("{")).await;
        refused(&wrong, 401, None);
        assert_eq!(wrong.headers["www-authenticate"], r#"Bearer realm="cubby", error="invalid_token""#);
    }
    assert_eq!(idp.get(&format!("/Users/{}", id(&ada))).await.body, ada);
    idp.node.stop().await;
}

#[tokio::test]
async fn behind_a_proxy_every_address_is_the_proxys() {
    let idp = Provider::start().await;
    let headers = [("x-forwarded-proto", "https"), ("x-forwarded-host", "cubby.example")];
    let added = idp.ask_if(Method::POST, "/Users", Some(json!({ "userName": "ada" })), &headers).await;
    let place = format!("https://cubby.example/scim/v2/Users/{}", id(&added.body));
    assert_eq!(
        (added.body["meta"]["location"].as_str(), added.headers["location"].to_str().ok()),
        (Some(place.as_str()), Some(place.as_str()))
    );
    idp.node.stop().await;
}
