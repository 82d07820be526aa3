"""Order files as senders write them: one of each kind, each of the same two mugs with shipping, 341.00 in all."""

from __future__ import annotations

KONTOR_XML = """<?xml version="1.0" encoding="UTF-8"?>
<kontor-orders xmlns="urn:kontor:orders:1" version="1">
 <order>
  <number>390</number><placed>2026-11-21T18:00:00+01:00</placed><status>new</status><currency>CZK</currency>
  <prices_include_vat>true</prices_include_vat><total>341.00</total><total_vat>59.18</total_vat>
  <payment id="card">Card online</payment><transaction>T-77</transaction>
  <email>jana@example.com</email><vat_id>CZ12345678</vat_id><note>Prosím zvoňte &amp; klepejte</note>
  <billing><first_name>Jana</first_name><last_name>Nováková</last_name><street>Dlouhá 1</street><city>Brno</city>
   <postcode>602 00</postcode><country>CZ</country><phone>+420 777 000 000</phone></billing>
  <delivery><first_name>Petr</first_name><last_name>Novák</last_name><city>Praha</city><country>CZ</country></delivery>
  <lines>
   <line><line>1</line><sku>MUG-1</sku><name>Hrnek</name><quantity>2</quantity><unit_gross>121.00</unit_gross><vat_percent>21</vat_percent></line>
   <line kind="shipping"><line>2</line><name>PPL</name><method>ppl</method><gross>99.00</gross><vat_percent>21</vat_percent></line>
  </lines>
 </order>
</kontor-orders>
"""

KONTOR_CSV = """number;placed;status;currency;total;payment;email;billing_first_name;billing_last_name;billing_city;billing_country;kind;sku;name;quantity;unit_gross;gross;vat_percent;method
390;2026-11-21 18:00;new;CZK;341,00;Card online;jana@example.com;Jana;Nováková;Brno;CZ;item;MUG-1;Hrnek;2;121,00;;21;
390;;;;;;;;;;;shipping;;PPL;1;;99,00;21;ppl
391;2026-11-22;new;CZK;;Card online;petr@example.com;Petr;Novák;Praha;CZ;item;MUG-1;"Hrnek; modrý";1;121,00;;21;
"""

UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2">
 <cbc:UBLVersionID>2.1</cbc:UBLVersionID>
 <cbc:ID>390</cbc:ID>
 <cbc:IssueDate>2026-11-21</cbc:IssueDate><cbc:IssueTime>18:00:00</cbc:IssueTime>
 <cbc:Note>Prosím zvoňte</cbc:Note>
 <cbc:DocumentCurrencyCode>CZK</cbc:DocumentCurrencyCode>
 <cac:BuyerCustomerParty><cac:Party>
  <cac:PartyName><cbc:Name>Novák s.r.o.</cbc:Name></cac:PartyName>
  <cac:PostalAddress><cbc:StreetName>Dlouhá</cbc:StreetName><cbc:BuildingNumber>1</cbc:BuildingNumber>
   <cbc:CityName>Brno</cbc:CityName><cbc:PostalZone>602 00</cbc:PostalZone>
   <cac:Country><cbc:IdentificationCode>CZ</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>CZ12345678</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:Contact><cbc:Name>Jana Nováková</cbc:Name><cbc:Telephone>+420 777 000 000</cbc:Telephone>
   <cbc:ElectronicMail>jana@example.com</cbc:ElectronicMail></cac:Contact>
 </cac:Party></cac:BuyerCustomerParty>
 <cac:SellerSupplierParty><cac:Party><cac:PartyName><cbc:Name>Lipa d.o.o.</cbc:Name></cac:PartyName></cac:Party></cac:SellerSupplierParty>
 <cac:Delivery><cac:DeliveryAddress><cbc:StreetName>Krátká 2</cbc:StreetName><cbc:CityName>Praha</cbc:CityName>
   <cac:Country><cbc:IdentificationCode>CZ</cbc:IdentificationCode></cac:Country></cac:DeliveryAddress></cac:Delivery>
 <cac:PaymentMeans><cbc:PaymentMeansCode name="Card online">48</cbc:PaymentMeansCode></cac:PaymentMeans>
 <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:AllowanceChargeReason>Doprava PPL</cbc:AllowanceChargeReason>
  <cbc:Amount currencyID="CZK">81.82</cbc:Amount>
  <cac:TaxCategory><cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:AllowanceCharge>
 <cac:TaxTotal><cbc:TaxAmount currencyID="CZK">59.18</cbc:TaxAmount></cac:TaxTotal>
 <cac:AnticipatedMonetaryTotal><cbc:PayableAmount currencyID="CZK">341.00</cbc:PayableAmount></cac:AnticipatedMonetaryTotal>
 <cac:OrderLine><cac:LineItem>
  <cbc:ID>1</cbc:ID><cbc:Quantity unitCode="C62">2</cbc:Quantity><cbc:LineExtensionAmount currencyID="CZK">200.00</cbc:LineExtensionAmount>
  <cac:Price><cbc:PriceAmount currencyID="CZK">100.00</cbc:PriceAmount></cac:Price>
  <cac:Item><cbc:Name>Hrnek</cbc:Name>
   <cac:SellersItemIdentification><cbc:ID>MUG-1</cbc:ID></cac:SellersItemIdentification>
   <cac:StandardItemIdentification><cbc:ID schemeID="GTIN">8590000000015</cbc:ID></cac:StandardItemIdentification>
   <cac:ClassifiedTaxCategory><cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
 </cac:LineItem></cac:OrderLine>
</Order>
"""

POHODA = """<?xml version="1.0" encoding="Windows-1250"?>
<dat:dataPack xmlns:dat="http://www.stormware.cz/schema/version_2/data.xsd" xmlns:ord="http://www.stormware.cz/schema/version_2/order.xsd"
 xmlns:typ="http://www.stormware.cz/schema/version_2/type.xsd" version="2.0" id="shop1-20261121" ico="12345678" application="Shop" note="orders">
 <dat:dataPackItem version="2.0" id="WEB-390"><ord:order version="2.0">
  <ord:orderHeader><ord:orderType>receivedOrder</ord:orderType><ord:numberOrder>390</ord:numberOrder><ord:date>2026-11-21</ord:date>
   <ord:partnerIdentity><typ:address><typ:company>Novák s.r.o.</typ:company><typ:name>Jana Nováková</typ:name><typ:city>Brno</typ:city>
    <typ:street>Dlouhá 1</typ:street><typ:zip>60200</typ:zip><typ:dic>CZ12345678</typ:dic><typ:country><typ:ids>CZ</typ:ids></typ:country>
    <typ:mobilPhone>777000000</typ:mobilPhone><typ:email>jana@example.com</typ:email></typ:address></ord:partnerIdentity>
   <ord:paymentType><typ:ids>Kartou</typ:ids></ord:paymentType><ord:note>Prosím zvoňte</ord:note></ord:orderHeader>
  <ord:orderDetail>
   <ord:orderItem><ord:text>Hrnek</ord:text><ord:quantity>2</ord:quantity><ord:payVAT>true</ord:payVAT><ord:rateVAT>high</ord:rateVAT>
    <ord:homeCurrency><typ:unitPrice>121</typ:unitPrice></ord:homeCurrency><ord:code>MUG-1</ord:code></ord:orderItem>
   <ord:orderItem><ord:text>Doprava</ord:text><ord:quantity>1</ord:quantity><ord:payVAT>true</ord:payVAT><ord:rateVAT>high</ord:rateVAT>
    <ord:homeCurrency><typ:unitPrice>99</typ:unitPrice></ord:homeCurrency></ord:orderItem>
  </ord:orderDetail>
  <ord:orderSummary><ord:homeCurrency><typ:priceHighSum>341</typ:priceHighSum><typ:priceHighVAT>59.18</typ:priceHighVAT></ord:homeCurrency></ord:orderSummary>
 </ord:order></dat:dataPackItem>
</dat:dataPack>
""".encode("cp1250")
