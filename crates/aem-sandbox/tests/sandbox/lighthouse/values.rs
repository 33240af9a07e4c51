//! What the fields of a fragment deliver, and the files behind references.

use super::{ENDPOINT, ask, data, open, start};
use crate::http::{get, post, send};
use aem_sandbox::Options;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_data_type_is_delivered() {
    let sandbox = start(open()).await;
    let found = data(
        &sandbox,
        r#"{ signalStationByPath(_path: "/content/dam/lighthouse/en/stations/north-rock") {
          item {
            __typename _id _path _locale _variation _variations _tags _model { _path title }
            name aliases story { html plaintext json } notes { html } height range readings lit
            firstLit opened dusk colour signals topics plan
            photo { __typename ... on ImageRef { _path type mimeType width height _dynamicUrl } }
            papers { __typename
              ... on DocumentRef { _path size format } ... on PageRef { _publishUrl } ... on KeeperModel { firstName } }
            keeper { firstName station { name } } crew { firstName }
            neighbours { ... on KeeperModel { firstName } ... on SignalStationModel { name } }
            call_sign call_sign_2 _3rd
            _metadata {
              stringMetadata { name value } stringArrayMetadata { name value } intMetadata { name value }
              intArrayMetadata { name value } floatMetadata { name value } floatArrayMetadata { name value }
              booleanMetadata { name value } booleanArrayMetadata { name value }
              calendarMetadata { name value } calendarArrayMetadata { name value }
            }
          }
          _references { __typename ... on KeeperModel { _path } ... on DocumentRef { _path } }
        } }"#,
    );
    let dam = "/content/dam/lighthouse";
    let story = &found["signalStationByPath"]["item"]["story"];
    assert_eq!(story["plaintext"], "Built by Ida.");
    assert_eq!(story["json"][0]["content"][1]["data"]["type"], "fragment");
    assert_eq!(
        story["json"][1]["content"][0]["data"]["mimetype"],
        "image/svg+xml"
    );
    let mut item = found["signalStationByPath"]["item"].clone();
    item.as_object_mut().unwrap().remove("story");
    assert_eq!(
        item,
        json!({
            "__typename": "SignalStationModel",
            "_id": "00000000-0000-4000-8000-000000000001",
            "_path": format!("{dam}/en/stations/north-rock"),
            "_locale": "en",
            "_variation": "master",
            "_variations": ["winter"],
            "_tags": ["sea:fog"],
            "_model": {
                "_path": "/conf/lighthouse/settings/dam/cfm/models/signal-station",
                "title": "Signal station",
            },
            "name": "North Rock",
            "aliases": ["The Candle", "Old, grey one"],
            "notes": [{ "html": "<p>one</p>" }, { "html": "<p>two</p>" }],
            "height": 41,
            "range": 18.5,
            "readings": [1.5, 2.5],
            "lit": true,
            "firstLit": "1871-05-01T21:30:00.000+01:00",
            "opened": "2019-06-30",
            "dusk": "21:15:30",
            "colour": "white",
            "signals": ["flash", "horn"],
            "topics": ["sea:fog"],
            "plan": { "rooms": [1, 2], "roof": null },
            "photo": {
                "__typename": "ImageRef",
                "_path": format!("{dam}/media/tower.jpg"),
                "type": "image",
                "mimeType": "image/jpeg",
                "width": 2000,
                "height": 1000,
                "_dynamicUrl":
                    "/adobe/dynamicmedia/deliver/dm-aid--00000000-0000-4000-8000-00000000000a/tower.jpg",
            },
            "papers": [
                { "__typename": "DocumentRef", "_path": format!("{dam}/media/my chart.svg"), "size": 11,
                  "format": "image/svg+xml" },
                { "__typename": "KeeperModel", "firstName": "Ida" },
                { "__typename": "PageRef",
                  "_publishUrl": "https://publish-p123-e456.adobeaemcloud.com/content/harbour/en.html" },
                null,
            ],
            "keeper": { "firstName": "Ida", "station": null },
            "crew": [{ "firstName": "Ida" }, { "firstName": "Olaf" }],
            "neighbours": [{ "name": "South Bar" }, { "firstName": "Olaf" }],
            "call_sign": "NR-1",
            "call_sign_2": "NR_2",
            "_3rd": "third",
            "_metadata": {
                "stringMetadata": [
                    { "name": "title", "value": "North Rock" }, { "name": "description", "value": "" }],
                "stringArrayMetadata": [{ "name": "cq:tags", "value": ["sea:fog"] }],
                "intMetadata": [{ "name": "visits", "value": 12 }],
                "intArrayMetadata": [{ "name": "years", "value": [1871, 1999] }],
                "floatMetadata": [{ "name": "score", "value": 0.5 }],
                "floatArrayMetadata": [],
                "booleanMetadata": [{ "name": "checked", "value": true }],
                "booleanArrayMetadata": [],
                "calendarMetadata": [
                    { "name": "jcr:created", "value": "2024-03-07T17:48:31.772Z" },
                    { "name": "cq:lastModified", "value": "2024-03-07T17:48:31.772Z" },
                ],
                "calendarArrayMetadata": [],
            },
        })
    );
    assert_eq!(
        found["signalStationByPath"]["_references"],
        json!([
            { "__typename": "KeeperModel", "_path": format!("{dam}/en/keepers/ida") },
            { "__typename": "DocumentRef", "_path": format!("{dam}/media/my chart.svg") },
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unset_and_misfit_values_are_empty() {
    let sandbox = start(open()).await;
    let fields = "name aliases story { html json } notes { html } height range readings lit firstLit colour topics
        plan photo { __typename } papers { __typename } keeper { firstName } crew { firstName }
        neighbours { __typename } _tags _variations";
    let query = format!("{{ signalStationList(sort: \"name\") {{ items {{ {fields} }} }} }}");
    let items = data(&sandbox, &query)["signalStationList"]["items"].clone();
    assert_eq!(
        items[0],
        json!({
            "name": "Nordfels", "aliases": null, "story": { "html": null, "json": null }, "notes": null,
            "height": null, "range": null, "readings": null, "lit": null, "firstLit": null, "colour": null,
            "topics": null, "plan": null, "photo": null, "papers": null, "keeper": null, "crew": [],
            "neighbours": [], "_tags": [], "_variations": [],
        })
    );
    let south = &items[2];
    assert_eq!(
        south["aliases"],
        json!(["single"]),
        "one value of a list field is a list"
    );
    assert_eq!(
        south["colour"],
        Value::Null,
        "a list in a single field is nothing"
    );
    assert_eq!(south["range"], 7.0, "numbers kept as text are numbers");
    assert_eq!(south["readings"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn renditions_and_delivery() {
    let sandbox = start(Options::default()).await;
    let text = |path: &str| {
        let answer = get(sandbox.address(), path);
        (answer.status, answer.text())
    };
    let tower = "/content/dam/lighthouse/media/tower.jpg";
    let delivery =
        "/adobe/dynamicmedia/deliver/dm-aid--00000000-0000-4000-8000-00000000000a/any_name.jpg";
    let ok = |body: &str| (200, body.to_owned());
    assert_eq!(text(tower), ok("original bytes"));
    assert_eq!(
        text(&format!(
            "{tower}/_jcr_content/renditions/cq5dam.web.1280.1280.jpeg"
        )),
        ok("web bytes")
    );
    assert_eq!(
        text(&format!(
            "{tower}/jcr:content/renditions/cq5dam.web.1280.1280.jpeg"
        )),
        ok("web bytes")
    );
    assert_eq!(
        text(&format!("{tower}/_jcr_content/renditions/none.jpeg")).0,
        404
    );
    assert_eq!(
        text("/content/dam/lighthouse/media/my%20chart.svg"),
        ok("<svg></svg>")
    );
    assert_eq!(
        text("/content/dam/lighthouse/media/../media/tower.jpg").0,
        404
    );
    assert_eq!(text(delivery), ok("original bytes"));
    assert_eq!(
        text(&format!("{delivery}?width=300")),
        ok("thumbnail bytes")
    );
    assert_eq!(
        text(&format!("{delivery}?width=2000&preferwebp=true&width=800")),
        ok("web bytes")
    );
    let png = send(
        sandbox.address(),
        "GET",
        &format!("{delivery}?width=300"),
        &[],
        "",
    );
    assert_eq!(png.header("content-type"), "image/png");
}
#[tokio::test(flavor = "multi_thread")]
async fn directives_and_aliases_work() {
    let sandbox = start(open()).await;
    let query = "query ($with: Boolean = false) { k: keeperList(sort: \"firstName\", limit: 1) {
        items { first: firstName age @include(if: $with) lastName @skip(if: $with) } } }";
    let body = |with: bool| json!({ "query": query, "variables": { "with": with } });
    let ask = |with| {
        post(sandbox.address(), ENDPOINT, &body(with)).json()["data"]["k"]["items"][0].clone()
    };
    assert_eq!(ask(true), json!({ "first": "Bad", "age": null }));
    assert_eq!(ask(false), json!({ "first": "Bad", "lastName": null }));
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_are_found_by_id() {
    let sandbox = start(open()).await;
    let query = |id: &str| format!("{{ keeperById(_id: \"{id}\") {{ item {{ firstName }} }} }}");
    let ida = data(&sandbox, &query("00000000-0000-4000-8000-000000000004"));
    assert_eq!(ida["keeperById"]["item"]["firstName"], "Ida");
    // The id of a fragment of another model, and of no fragment.
    for id in ["00000000-0000-4000-8000-000000000001", "none"] {
        let answer = ask(&sandbox, &query(id));
        assert_eq!(answer["data"], Value::Null);
        assert!(
            answer["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("no resource available")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asset_transforms_become_url_parameters() {
    let sandbox = start(open()).await;
    for (transform, url) in [
        ("format: PNG8", "tower.png8"),
        ("format: WEBP, seoName: \"the-tower\"", "the-tower.webp"),
        (
            "format: JPG, width: 400, preferWebp: true, quality: 70",
            "tower.jpg?preferwebp=true&width=400&quality=70",
        ),
        (
            "format: JPG, size: { width: 300 }, width: 400",
            "tower.jpg?size=300,300",
        ),
        (
            "format: JPG, crop: { xOrigin: 1, yOrigin: 2, width: 3, height: 4 }",
            "tower.jpg?crop=1,2,3,4",
        ),
        (
            "format: JPG, rotation: R90, flip: HORIZONTAL_AND_VERTICAL",
            "tower.jpg?rotate=90&flip=hv",
        ),
    ] {
        let query = format!(
            "{{ signalStationList(limit: 1, offset: 1, _assetTransform: {{ {transform} }}) \
             {{ items {{ photo {{ ... on ImageRef {{ _dynamicUrl }} }} }} }} }}"
        );
        let found =
            data(&sandbox, &query)["signalStationList"]["items"][0]["photo"]["_dynamicUrl"].clone();
        let base = "/adobe/dynamicmedia/deliver/dm-aid--00000000-0000-4000-8000-00000000000a/";
        assert_eq!(found, format!("{base}{url}"));
    }
}
